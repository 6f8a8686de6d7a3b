import { Button } from "react-aria-components/Button";
import { Tooltip } from "@/ui/Tooltip";
import styles from "./Moment.module.css";

/** Score from 0 to 10 with a meter and an explanatory tooltip. */
export function Score({ score, model }: { score: number; model: string | null }) {
  const figure = score.toFixed(1);
  return (
    <Tooltip text={`How much this part stands out, from 0 to 10.${model ? ` Scored by ${model}.` : ""}`}>
      <Button className={styles.score ?? ""} aria-label={`Score ${figure} of 10`}>
        <span className={styles.figure}>{figure}</span>
        <span aria-hidden className={styles.meter}>
          <span style={{ width: `${Math.min(100, Math.max(0, score * 10))}%` }} />
        </span>
      </Button>
    </Tooltip>
  );
}
