import { Button } from "react-aria-components/Button";
import { rich, t } from "@/i18n";
import { formatNumber } from "@/lib/format";
import { PopoverDialog } from "@/ui/PopoverDialog";
import styles from "./Score.module.css";
import { type ScoreDetail, scoreDetails } from "./score-details";

interface ScoreProps {
  score: number;
  model: string | null;
  /** Values of the features behind the score. */
  scores: Readonly<Record<string, number>> | null;
}

/** Score from 0 to 10 with a meter; opens an explanation. */
export function Score({ score, model, scores }: ScoreProps) {
  const figure = formatNumber(score, 1, true);
  const details = scoreDetails(scores);
  return (
    <PopoverDialog
      label={t("moments.score")}
      trigger={
        <Button className={styles.score ?? ""} aria-label={t("moments.scoreFigureOf10Explain", { figure })}>
          <span className={styles.figure}>{figure}</span>
          <Meter share={score / 10} />
        </Button>
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll long explanations */}
      <section aria-label={t("moments.explanation")} tabIndex={0} className={styles.details}>
        <p>
          {rich("moments.scoreMeaning", { score: <strong>{t("moments.scoreOf10", { figure })}</strong> })}
        </p>
        {details.length > 0 && (
          <ul className={styles.list}>
            {details.map((detail) => (
              <Detail key={detail.name} {...detail} />
            ))}
          </ul>
        )}
        {details.length > 0 && <p className={styles.text}>{t("moments.comparedWithTheRestOf")}</p>}
        {model && <p className={styles.text}>{t("moments.scoredByModel", { model })}</p>}
      </section>
    </PopoverDialog>
  );
}

function Detail({ name, text, value, share }: ScoreDetail) {
  return (
    <li className={styles.detail}>
      <span className={styles.name}>{name}</span>
      <span className={styles.value}>{value}</span>
      {share !== null && <Meter share={share} />}
      {text && <span className={styles.text}>{text}</span>}
    </li>
  );
}

function Meter({ share }: { share: number }) {
  return (
    <span aria-hidden className={styles.meter}>
      <span style={{ width: `${Math.min(100, Math.max(0, share * 100))}%` }} />
    </span>
  );
}
