import { useId, useLayoutEffect, useRef } from "react";
import { Slider, SliderThumb, SliderTrack } from "react-aria-components/Slider";
import { t } from "@/i18n";
import { spokenDuration } from "@/lib/format";
import { NumberField } from "@/ui/NumberField";
import styles from "./RunDialog.module.css";
import { nearestStop } from "./run-options";

interface RangeFieldProps {
  label: string;
  unit?: string;
  /** Ascending slider stops; the number fields accept any value. */
  stops: readonly number[];
  from: number;
  to: number;
  step: number;
  onChange: (from: number, to: number) => void;
  error: string | undefined;
}

/** Minimum and maximum, as a slider and number fields. */
export function RangeField({ label, unit, stops, from, to, step, onChange, error }: RangeFieldProps) {
  const id = useId();
  const positions = [nearestStop(stops, from), nearestStop(stops, to)];
  const share = (position: number | undefined) => ((position ?? 0) / (stops.length - 1)) * 100;

  function slide(next: number[]) {
    // Change only the moved thumb; the other value may be between two stops.
    const [low, high] = next.map((position) => stops[position]);
    onChange(next[0] === positions[0] ? from : (low ?? from), next[1] === positions[1] ? to : (high ?? to));
  }
  const names = unit
    ? [t("moments.minimumUnit", { unit }), t("moments.maximumUnit", { unit })]
    : [t("moments.minimum"), t("moments.maximum")];
  return (
    <fieldset className={styles.range} aria-describedby={error ? id : undefined}>
      <legend>{label}</legend>
      <Slider
        aria-label={label}
        minValue={0}
        maxValue={stops.length - 1}
        value={positions}
        onChange={slide}
        className={styles.slider ?? ""}
      >
        <SliderTrack className={styles.track ?? ""}>
          <span
            aria-hidden
            className={styles.fill}
            style={{ left: `${share(positions[0])}%`, right: `${100 - share(positions[1])}%` }}
          />
          {names.map((name, index) => (
            <Thumb
              key={name}
              index={index}
              label={name}
              text={spoken(stops[positions[index] ?? 0] ?? 0, unit)}
            />
          ))}
        </SliderTrack>
      </Slider>
      <Figures {...{ names, from, to, step, onChange, isInvalid: error !== undefined }} />
      {error && (
        <p id={id} role="alert" className={styles.error}>
          {error}
        </p>
      )}
    </fieldset>
  );
}

interface FiguresProps extends Pick<RangeFieldProps, "from" | "to" | "step" | "onChange"> {
  /** Labels of the minimum and the maximum. */
  names: readonly string[];
  isInvalid: boolean;
}

function Figures({ names, from, to, step, onChange, isInvalid }: FiguresProps) {
  return (
    <div className={styles.figures}>
      {names.map((name, index) => (
        <NumberField
          key={name}
          label={name}
          value={index === 0 ? from : to}
          step={step}
          isInvalid={isInvalid}
          formatOptions={{ maximumFractionDigits: 1 }}
          onChange={(value) => (index === 0 ? onChange(value, to) : onChange(from, value))}
          className={styles.figure ?? ""}
        />
      ))}
    </div>
  );
}

/** Return a stop as it is read out; the slider itself counts stops. */
function spoken(value: number, unit: string | undefined): string {
  return unit ? spokenDuration(value) : String(value);
}

interface ThumbProps {
  index: number;
  label: string;
  /** The value as it is read out. */
  text: string;
}

function Thumb({ index, label, text }: ThumbProps) {
  const input = useRef<HTMLInputElement>(null);
  // React Aria writes its own text at each change of the value.
  useLayoutEffect(() => input.current?.setAttribute("aria-valuetext", text));
  return <SliderThumb index={index} inputRef={input} aria-label={label} className={styles.thumb ?? ""} />;
}
