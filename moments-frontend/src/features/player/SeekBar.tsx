import { MediaTimeRange } from "media-chrome/react";
import { type PointerEvent, useState } from "react";
import { isPlayingRange, usePlayer, usePlayerValue } from "@/lib/player";
import { cx } from "@/ui/cx";
import { type Marker, markerAt, markerRange } from "./markers";
import styles from "./SeekBar.module.css";

/** Seek bar with moment markers.
 *
 * The markers are pointer targets only; the moments list is the accessible equivalent. */
export function SeekBar({ moments }: { moments: readonly Marker[] }) {
  const player = usePlayer();
  const duration = usePlayerValue((of) => of.duration);
  const start = usePlayerValue((of) => of.range?.start ?? null);
  const end = usePlayerValue((of) => of.range?.end ?? null);
  const [under, setUnder] = useState<Marker | null>(null);

  function timeAt(event: PointerEvent): number {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return ((event.clientX - left) / width) * (duration ?? 0);
  }
  const tip = under && duration ? markerRange(under, duration) : null;

  return (
    <div
      className={styles.bar}
      onPointerMove={(event) => setUnder(markerAt(moments, timeAt(event)))}
      onPointerLeave={() => setUnder(null)}
    >
      <MediaTimeRange className={styles.range} />
      {duration !== null && moments.length > 0 && (
        <div
          aria-hidden
          className={styles.lane}
          onPointerDown={(event) => {
            const seconds = timeAt(event);
            player.seek(markerAt(moments, seconds)?.start_time ?? seconds);
          }}
        >
          {moments.map((moment) => {
            const band = markerRange(moment, duration);
            if (!band) return null;
            return (
              <span
                key={moment.id}
                className={cx(
                  styles.mark,
                  moment.is_kept && styles.kept,
                  isPlayingRange(moment, start, end) && styles.alone,
                  moment === under && styles.under,
                )}
                style={{ left: `${band.left}%`, width: `${band.width}%` }}
              />
            );
          })}
        </div>
      )}
      {under && tip && (
        <div aria-hidden className={styles.tip}>
          <span style={{ left: `${tip.left + tip.width / 2}%` }}>{under.title}</span>
        </div>
      )}
    </div>
  );
}
