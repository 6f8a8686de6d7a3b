import type { ReactElement, ReactNode } from "react";
import { DialogTrigger } from "react-aria-components/Dialog";
import { Popover } from "react-aria-components/Popover";
import styles from "./PopoverDialog.module.css";

interface PopoverDialogProps {
  label: string;
  /** The button that opens the dialog. */
  trigger: ReactElement;
  children: ReactNode;
}

/** A button that opens a small dialog beside it. */
export function PopoverDialog({ label, trigger, children }: PopoverDialogProps) {
  return (
    <DialogTrigger>
      {trigger}
      {/* Without a Dialog inside, the popover itself has that role. */}
      <Popover aria-label={label} className={styles.popover ?? ""} placement="bottom end" offset={6}>
        <div className={styles.content}>{children}</div>
      </Popover>
    </DialogTrigger>
  );
}
