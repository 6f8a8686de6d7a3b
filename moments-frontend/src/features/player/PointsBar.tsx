import { BookmarkPlus, X } from "lucide-react";
import { formatPreciseDuration, formatPreciseTime } from "@/lib/format";
import { NO_POINTS, type PointName, usePlayer, usePlayerValue } from "@/lib/player";
import { Button, IconButton } from "@/ui/Button";
import styles from "./PointsBar.module.css";

const LABELS = { in: "In", out: "Out" } as const;
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
    <div role="group" aria-label="New moment" className={styles.bar}>
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
        Create moment
      </Button>
      <IconButton
        label="Clear in and out points"
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
  const text = seconds === null ? `Set ${name}` : `${LABELS[name]} ${formatPreciseTime(seconds)}`;
  return (
    <Button
      size="s"
      variant="ghost"
      className={styles.point ?? ""}
      aria-label={`${text}, set to current time`}
      aria-keyshortcuts={KEYS[name]}
      onPress={() => player.setPoint(name, player.time)}
    >
      {text}
    </Button>
  );
}
