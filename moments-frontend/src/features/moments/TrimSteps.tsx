import { ChevronLeft, ChevronRight } from "lucide-react";
import { Radio, RadioGroup } from "react-aria-components/RadioGroup";
import { t } from "@/i18n";
import { formatPreciseDuration } from "@/lib/format";
import { IconButton } from "@/ui/Button";
import { TimeField } from "./TimeField";
import styles from "./TrimEditor.module.css";
import { HANDLE_LABELS, HANDLES, type TrimHandle } from "./trim";
import { STEP_LABELS, STEP_UNITS, type StepUnit } from "./trim-steps";
import type { Trim } from "./use-trim";

interface TrimStepsProps {
  trim: Trim;
  /** Without words, all steps are those of time. */
  hasWords: boolean;
  isDisabled: boolean;
}

/** Step size, and for each handle its exact time with a step back and on. */
export function TrimSteps({ trim, hasWords, isDisabled }: TrimStepsProps) {
  const { range } = trim;
  return (
    <>
      {hasWords && <UnitSwitch unit={trim.unit} onChange={trim.setUnit} />}
      <div className={styles.times}>
        {HANDLES.map((handle) => (
          <HandleField key={handle} trim={trim} handle={handle} isDisabled={isDisabled} />
        ))}
        <p className={styles.length}>
          <span>{t("moments.length")}</span>
          <output className="tabular">{formatPreciseDuration(range.end - range.start)}</output>
        </p>
      </div>
    </>
  );
}

interface HandleFieldProps extends Pick<TrimStepsProps, "trim" | "isDisabled"> {
  handle: TrimHandle;
}

function HandleField({ trim, handle, isDisabled }: HandleFieldProps) {
  const label = t(HANDLE_LABELS[handle]);
  const step = (direction: 1 | -1) => trim.step(handle, { direction, count: 1 });
  return (
    <div className={styles.handle}>
      <IconButton
        label={t("moments.labelEarlier", { label })}
        size="s"
        isDisabled={isDisabled}
        icon={<ChevronLeft />}
        onPress={() => step(-1)}
      />
      <TimeField
        label={label}
        seconds={trim.range[handle]}
        onFocus={() => trim.setActive(handle)}
        onChange={(seconds) => trim.enter(handle, seconds)}
      />
      <IconButton
        label={t("moments.labelLater", { label })}
        size="s"
        isDisabled={isDisabled}
        icon={<ChevronRight />}
        onPress={() => step(1)}
      />
    </div>
  );
}

function UnitSwitch({ unit, onChange }: { unit: StepUnit; onChange: (unit: StepUnit) => void }) {
  return (
    <div className={styles.units}>
      <span aria-hidden className={styles.unitsLabel}>
        {t("moments.step")}
      </span>
      <RadioGroup
        aria-label={t("moments.step")}
        orientation="horizontal"
        className={styles.switch ?? ""}
        value={unit}
        onChange={(next) => onChange(next as StepUnit)}
      >
        {STEP_UNITS.map((one) => (
          <Radio key={one} value={one} className={styles.unit ?? ""}>
            {t(STEP_LABELS[one])}
          </Radio>
        ))}
      </RadioGroup>
    </div>
  );
}
