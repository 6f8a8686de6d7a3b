import { ArrowDownUp, Check } from "lucide-react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import { IconButton } from "@/ui/Button";
import menuStyles from "@/ui/Menu.module.css";
import styles from "./MomentsPanel.module.css";
import type { SortOrder } from "./moment-list";

const SORT_OPTIONS: readonly { order: SortOrder; text: string }[] = [
  { order: "time", text: "By time" },
  { order: "score", text: "By score" },
];

/** Sort order of the moments list. */
export function SortMenu({ order, onChange }: { order: SortOrder; onChange: (order: SortOrder) => void }) {
  const current = SORT_OPTIONS.find((one) => one.order === order)?.text ?? "";
  return (
    <MenuTrigger>
      <IconButton label={`Sort: ${current.toLowerCase()}`} variant="secondary" icon={<ArrowDownUp />} />
      <Popover className={menuStyles.popover ?? ""} placement="bottom end" offset={6}>
        <Menu
          aria-label="Sort"
          className={menuStyles.menu ?? ""}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[order]}
          onSelectionChange={(keys) => onChange([...keys][0] === "score" ? "score" : "time")}
        >
          {SORT_OPTIONS.map(({ order: id, text }) => (
            <MenuItem key={id} id={id} textValue={text} className={`${menuStyles.item} ${styles.order}`}>
              {({ isSelected }) => (
                <>
                  {text}
                  {isSelected && <Check aria-hidden />}
                </>
              )}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
