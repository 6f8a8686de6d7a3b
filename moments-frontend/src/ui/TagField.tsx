import { X } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "react-aria-components/Button";
import { ComboBox } from "react-aria-components/ComboBox";
import { Input } from "react-aria-components/Input";
import { Label } from "react-aria-components/Label";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { Popover } from "react-aria-components/Popover";
import { Tag, TagGroup, TagList } from "react-aria-components/TagGroup";
import { Text } from "react-aria-components/Text";
import { t } from "@/i18n";
import fieldStyles from "./Field.module.css";
import menuStyles from "./Menu.module.css";
import styles from "./TagField.module.css";

interface TagFieldProps {
  label: string;
  description?: string;
  tags: readonly string[];
  onChange: (tags: string[]) => void;
  /** Known tags for completion. */
  suggestions: readonly string[];
  autoFocus?: boolean;
}

const MAX_SUGGESTIONS = 50;
const fold = (text: string) => text.normalize("NFC").toLocaleLowerCase();

/** A list of short texts that can be extended by typing, with completion, and shortened. */
export function TagField({ label, description, tags, onChange, suggestions, autoFocus }: TagFieldProps) {
  const [text, setText] = useState("");
  const offered = useMemo(() => offer(suggestions, tags, text), [suggestions, tags, text]);
  const add = (added: string) => {
    const names = added.split(",").map((name) => name.trim().replace(/\s+/g, " "));
    const known = new Set(tags.map(fold));
    const fresh = names.filter((name) => name !== "" && !known.has(fold(name)) && known.add(fold(name)));
    if (fresh.length > 0) onChange([...tags, ...fresh]);
    setText("");
  };
  return (
    <div className={styles.field}>
      <ComboBox
        allowsCustomValue
        menuTrigger="input"
        className={fieldStyles.field ?? ""}
        inputValue={text}
        onInputChange={(value) => (value.includes(",") ? add(value) : setText(value))}
        items={offered.map((name) => ({ id: name }))}
        selectedKey={null}
        onSelectionChange={(key) => key !== null && add(String(key))}
      >
        <Label className={fieldStyles.label}>{label}</Label>
        <Input
          className={fieldStyles.input}
          maxLength={100}
          autoFocus={autoFocus ?? false}
          onKeyDown={(event) => {
            const isOffered = event.currentTarget.hasAttribute("aria-activedescendant");
            if (event.key === "Enter" && text.trim() !== "" && !isOffered) {
              event.preventDefault();
              add(text);
            } else if (event.key === "Backspace" && text === "" && tags.length > 0)
              onChange(tags.slice(0, -1));
          }}
          onBlur={() => text.trim() !== "" && add(text)}
        />
        {description && (
          <Text slot="description" className={fieldStyles.description}>
            {description}
          </Text>
        )}
        <Popover className={`${menuStyles.popover} ${styles.suggestions}`} offset={4}>
          <ListBox<{ id: string }> className={menuStyles.menu ?? ""}>
            {({ id }) => (
              <ListBoxItem id={id} textValue={id} className={menuStyles.item ?? ""}>
                {id}
              </ListBoxItem>
            )}
          </ListBox>
        </Popover>
      </ComboBox>
      <Chips label={label} tags={tags} onChange={onChange} />
    </div>
  );
}

function Chips({ label, tags, onChange }: Pick<TagFieldProps, "label" | "tags" | "onChange">) {
  if (tags.length === 0) return null;
  return (
    <TagGroup aria-label={label} onRemove={(keys) => onChange(tags.filter((tag) => !keys.has(tag)))}>
      <TagList className={styles.chips ?? ""}>
        {tags.map((tag) => (
          <Tag key={tag} id={tag} textValue={tag} className={styles.chip ?? ""}>
            {tag}
            <Button slot="remove" className={styles.remove ?? ""} aria-label={t("ui.removeTag", { tag })}>
              <X aria-hidden />
            </Button>
          </Tag>
        ))}
      </TagList>
    </TagGroup>
  );
}

/** Return known tags that contain the text and are not in use; those that start with it first. */
function offer(suggestions: readonly string[], tags: readonly string[], text: string): string[] {
  const used = new Set(tags.map(fold));
  const wanted = fold(text.trim());
  const found = suggestions.filter((name) => !used.has(fold(name)) && fold(name).includes(wanted));
  const rank = (name: string) => (fold(name).startsWith(wanted) ? 0 : 1);
  return found.sort((one, other) => rank(one) - rank(other)).slice(0, MAX_SUGGESTIONS);
}
