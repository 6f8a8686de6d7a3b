import { Search, X } from "lucide-react";
import type { ReactNode, Ref } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { FieldError } from "react-aria-components/FieldError";
import { Input } from "react-aria-components/Input";
import { Label } from "react-aria-components/Label";
import { SearchField as AriaSearchField, type SearchFieldProps } from "react-aria-components/SearchField";
import { Text } from "react-aria-components/Text";
import { TextArea } from "react-aria-components/TextArea";
import { TextField as AriaTextField, type TextFieldProps } from "react-aria-components/TextField";
import { t } from "@/i18n";
import { cx } from "./cx";
import styles from "./Field.module.css";

interface FieldProps extends Omit<TextFieldProps, "className" | "children"> {
  label: string;
  hideLabel?: boolean;
  description?: ReactNode;
  /** Error message: the reason and the remedy. */
  error?: string | null | undefined;
  placeholder?: string;
  /** More than one makes it a text area. */
  rows?: number;
  ref?: Ref<HTMLInputElement>;
  className?: string;
}

export function TextField({
  label,
  hideLabel,
  description,
  error,
  placeholder,
  rows = 1,
  ref,
  className,
  ...props
}: FieldProps) {
  return (
    <AriaTextField
      {...props}
      isInvalid={Boolean(error) || (props.isInvalid ?? false)}
      className={cx(styles.field, className)}
      {...(hideLabel ? { "aria-label": label } : {})}
    >
      {!hideLabel && <Label className={styles.label}>{label}</Label>}
      {rows > 1 ? (
        <TextArea className={cx(styles.input, styles.area)} rows={rows} placeholder={placeholder} />
      ) : (
        <Input ref={ref} className={styles.input} placeholder={placeholder} />
      )}
      {description && (
        <Text slot="description" className={styles.description}>
          {description}
        </Text>
      )}
      <FieldError className={styles.error}>{error}</FieldError>
    </AriaTextField>
  );
}

interface SearchProps extends Omit<SearchFieldProps, "className" | "children"> {
  label: string;
  placeholder?: string;
  ref?: Ref<HTMLInputElement>;
  className?: string;
  children?: ReactNode;
}

/** A search field; Escape clears it. `children` follow the input. */
export function SearchField({ label, placeholder, ref, className, children, ...props }: SearchProps) {
  return (
    <AriaSearchField {...props} aria-label={label} className={cx(styles.search, className)}>
      <Search aria-hidden className={styles.searchIcon} />
      <Input ref={ref} className={cx(styles.input, styles.searchInput)} placeholder={placeholder} />
      <AriaButton className={styles.clear} aria-label={t("ui.clearSearch")}>
        <X aria-hidden />
      </AriaButton>
      {children}
    </AriaSearchField>
  );
}
