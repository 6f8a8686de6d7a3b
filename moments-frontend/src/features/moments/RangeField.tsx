import { useId } from "react";
import { Slider, SliderThumb, SliderTrack } from "react-aria-components/Slider";
import { NumberField } from "@/ui/NumberField";
import styles from "./RunDialog.module.css";
import { nearestStop } from "./run-options";

interface RangeFieldProps {
  label: string;
  unit?: string;
  /** The values that the slider stops at, ascending. The fields take any. */
  stops: readonly number[];
  from: number;
  to: number;
  step: number;
  onChange: (from: number, to: number) => void;
  error: string | undefined;
}

/** From so many to so many: by hand on a scale, or in figures. */
export function RangeField({ label, unit, stops, from, to, step, onChange, error }: RangeFieldProps) {
  const id = useId();
  const places = [nearestStop(stops, from), nearestStop(stops, to)];
  const share = (place: number | undefined) => ((place ?? 0) / (stops.length - 1)) * 100;

  function slide(next: number[]) {
    // Only the thumb that moved: the other's figure may lie between two stops.
    const [low, high] = next.map((place) => stops[place]);
    onChange(next[0] === places[0] ? from : (low ?? from), next[1] === places[1] ? to : (high ?? to));
  }
  const names = unit ? [`At least, ${unit}`, `At most, ${unit}`] : ["At least", "At most"];
  return (
    <fieldset className={styles.range} aria-describedby={error ? id : undefined}>
      <legend>{label}</legend>
      <Slider
        aria-label={label}
        minValue={0}
        maxValue={stops.length - 1}
        value={places}
        onChange={slide}
        className={styles.slider ?? ""}
      >
        <SliderTrack className={styles.track ?? ""}>
          <span
            aria-hidden
            className={styles.fill}
            style={{ left: `${share(places[0])}%`, right: `${100 - share(places[1])}%` }}
          />
          {names.map((name, index) => (
            <SliderThumb key={name} index={index} aria-label={name} className={styles.thumb ?? ""} />
          ))}
        </SliderTrack>
      </Slider>
      <div className={styles.figures}>
        {names.map((name, index) => (
          <NumberField
            key={name}
            label={name}
            value={index === 0 ? from : to}
            step={step}
            isInvalid={error !== undefined}
            formatOptions={{ maximumFractionDigits: 1 }}
            onChange={(value) => (index === 0 ? onChange(value, to) : onChange(from, value))}
            className={styles.figure ?? ""}
          />
        ))}
      </div>
      {error && (
        <p id={id} role="alert" className={styles.error}>
          {error}
        </p>
      )}
    </fieldset>
  );
}
