import type { ReactNode } from "react";
import { Label } from "react-aria-components/Label";
import { Radio, RadioGroup } from "react-aria-components/RadioGroup";
import { cx } from "@/ui/cx";
import styles from "./Tiles.module.css";

export interface Tile<Value extends string> {
  value: Value;
  label: string;
  detail?: string;
  picture?: ReactNode;
  isDisabled?: boolean;
}

interface TilesProps<Value extends string> {
  label: string;
  hideLabel?: boolean;
  tiles: readonly Tile<Value>[];
  /** Null selects none. */
  value: Value | null;
  onChange: (value: Value) => void;
  className?: string | undefined;
}

/** Radio buttons that look like tiles. */
export function Tiles<Value extends string>(props: TilesProps<Value>) {
  const { label, hideLabel, tiles, value, onChange, className } = props;
  return (
    <RadioGroup
      className={cx(styles.group, className)}
      orientation="horizontal"
      value={value}
      onChange={(chosen) => onChange(chosen as Value)}
      {...(hideLabel ? { "aria-label": label } : {})}
    >
      {!hideLabel && <Label className={styles.label}>{label}</Label>}
      <div className={styles.tiles}>
        {tiles.map((tile) => (
          <Radio
            key={tile.value}
            value={tile.value}
            isDisabled={tile.isDisabled ?? false}
            className={styles.tile ?? ""}
          >
            {tile.picture}
            <span className={styles.name}>{tile.label}</span>
            {tile.detail && <span className={styles.detail}>{tile.detail}</span>}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
