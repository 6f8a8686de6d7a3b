import { Input } from "react-aria-components/Input";
import { Label } from "react-aria-components/Label";
import { NumberField as AriaNumberField, type NumberFieldProps } from "react-aria-components/NumberField";
import { cx } from "./cx";
import styles from "./Field.module.css";

interface Props extends Omit<NumberFieldProps, "className" | "children"> {
  label: string;
  className?: string;
}

/** A number field; its value is NaN while empty. */
export function NumberField({ label, className, ...props }: Props) {
  return (
    <AriaNumberField {...props} className={cx(styles.field, className)}>
      <Label className={styles.label}>{label}</Label>
      <Input className={styles.input} />
    </AriaNumberField>
  );
}
