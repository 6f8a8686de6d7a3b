import { ArrowDownUp, Check } from "lucide-react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import { IconButton } from "@/ui/Button";
import menuStyles from "@/ui/Menu.module.css";
import type { Order } from "./list";
import styles from "./MomentsPanel.module.css";

const ORDERS: readonly { order: Order; text: string }[] = [
  { order: "time", text: "In order of time" },
  { order: "score", text: "Best first" },
];

/** In which order the moments stand. */
export function OrderMenu({ order, onChange }: { order: Order; onChange: (order: Order) => void }) {
  const current = ORDERS.find((one) => one.order === order)?.text ?? "";
  return (
    <MenuTrigger>
      <IconButton label={`Order: ${current.toLowerCase()}`} variant="secondary" icon={<ArrowDownUp />} />
      <Popover className={menuStyles.popover ?? ""} placement="bottom end" offset={6}>
        <Menu
          aria-label="Order"
          className={menuStyles.menu ?? ""}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[order]}
          onSelectionChange={(keys) => onChange([...keys][0] === "score" ? "score" : "time")}
        >
          {ORDERS.map(({ order: id, text }) => (
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
