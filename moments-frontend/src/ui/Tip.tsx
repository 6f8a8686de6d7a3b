import type { ReactElement } from "react";
import { Tooltip, TooltipTrigger } from "react-aria-components/Tooltip";
import styles from "./Tip.module.css";

interface TipProps {
  text: string;
  shortcut?: string | undefined;
  children: ReactElement;
}

/** Says what a control does when the pointer rests on it or the keyboard reaches it. */
export function Tip({ text, shortcut, children }: TipProps) {
  return (
    <TooltipTrigger delay={500} closeDelay={0}>
      {children}
      <Tooltip className={styles.tip} offset={6}>
        {text}
        {shortcut && <kbd>{shortcut}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  );
}
