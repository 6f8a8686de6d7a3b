import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { t } from "@/i18n";
import { type Axis, type CropPosition, describePosition, dragged, keyMove, moved } from "./crop";
import styles from "./Preview.module.css";

interface CropHandleProps {
  axis: Axis;
  crop: CropPosition;
  /** Aspect ratio of the video. */
  source: number;
  onChange: (crop: CropPosition) => void;
}

/** Covers the preview; dragging and arrow keys move the picture in it. */
export function CropHandle({ axis, crop, source, onChange }: CropHandleProps) {
  const from = useRef<{ crop: CropPosition; at: number } | null>(null);
  const place = (event: PointerEvent) => (axis === "x" ? event.clientX : event.clientY);

  function start(event: PointerEvent<HTMLLabelElement>) {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { crop, at: place(event) };
  }
  function move(event: PointerEvent<HTMLLabelElement>) {
    if (!from.current) return;
    const { clientWidth: width, clientHeight: height } = event.currentTarget;
    const pixels = place(event) - from.current.at;
    onChange(dragged(from.current.crop, axis, pixels, { width, height }, source));
  }
  const end = () => {
    from.current = null;
  };
  function press(event: KeyboardEvent) {
    const by = keyMove(event.key, axis, event.shiftKey);
    if (by === null) return;
    event.preventDefault();
    onChange(moved(crop, axis, by));
  }
  return (
    <label
      data-axis={axis}
      className={styles.handle}
      onPointerDown={start}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
    >
      <input
        type="range"
        aria-label={t("exports.cropPosition")}
        aria-orientation={axis === "x" ? "horizontal" : "vertical"}
        aria-valuetext={describePosition(crop, axis)}
        min={0}
        max={1}
        step={0.01}
        value={crop[axis]}
        onChange={(event) => onChange({ ...crop, [axis]: Number(event.target.value) })}
        onKeyDown={press}
        className={styles.range}
      />
    </label>
  );
}
