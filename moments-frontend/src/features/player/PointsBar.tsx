import { BookmarkPlus, X } from "lucide-react";
import { t } from "@/i18n";
import { formatPreciseDuration, formatPreciseTime } from "@/lib/format";
import { NO_POINTS, type PointName, usePlayer, usePlayerValue } from "@/lib/player";
import { Button, IconButton } from "@/ui/Button";
import styles from "./PointsBar.module.css";

const KEYS = { in: "I", out: "O" } as const;

/** In and out points of a new moment, once one is set. */
export function PointsBar({ onCreate }: { onCreate: () => void }) {
  const player = usePlayer();
  const start = usePlayerValue(({ points }) => points.in);
  const end = usePlayerValue(({ points }) => points.out);
  if (start === null && end === null) return null;
  const isComplete = start !== null && end !== null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would require a visible legend
    <div role="group" aria-label={t("player.newMoment")} className={styles.bar}>
      <Point name="in" seconds={start} />
      <span aria-hidden>·</span>
      <Point name="out" seconds={end} />
      {isComplete && <span className={styles.length}>{formatPreciseDuration(end - start)}</span>}
      <Button
        size="s"
        variant="primary"
        className={styles.create ?? ""}
        icon={<BookmarkPlus aria-hidden />}
        isDisabled={!isComplete}
        onPress={onCreate}
      >
        {t("player.createMoment")}
      </Button>
      <IconButton
        label={t("player.clearPoints")}
        size="s"
        className={styles.clear ?? ""}
        icon={<X />}
        onPress={() => player.setPoints(NO_POINTS)}
      />
    </div>
  );
}

/** A point as text; pressing it sets it to the current time. */
function Point({ name, seconds }: { name: PointName; seconds: number | null }) {
  const player = usePlayer();
  const time = seconds === null ? null : formatPreciseTime(seconds);
  const isIn = name === "in";
  const text =
    time === null
      ? t(isIn ? "player.setIn" : "player.setOut")
      : t(isIn ? "player.inAt" : "player.outAt", { time });
  return (
    <Button
      size="s"
      variant="ghost"
      className={styles.point ?? ""}
      aria-label={t("player.setToCurrentTime", { text })}
      aria-keyshortcuts={KEYS[name]}
      onPress={() => player.setPoint(name, player.time)}
    >
      {text}
    </Button>
  );
}
