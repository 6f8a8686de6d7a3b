import { useEffect, useState } from "react";
import { flushSync } from "react-dom";
import type { SegmentRead } from "@/api/schema";
import { formatTime } from "@/lib/format";
import { listen } from "@/lib/listen";
import styles from "./PrintedTranscript.module.css";

type Line = Pick<SegmentRead, "start" | "text">;

/** The whole transcript while it is printed; on screen, the list renders only the lines in view. */
export function PrintedTranscript({ segments, language }: { segments: readonly Line[]; language: string }) {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(
    () =>
      listen(window, {
        // Rendered before the browser lays out the pages.
        beforeprint: () => flushSync(() => setPrinting(true)),
        afterprint: () => setPrinting(false),
      }),
    [],
  );
  if (!isPrinting) return null;
  return (
    <div className={styles.print} lang={language} data-printed>
      {segments.map(({ start, text }) => (
        <p key={`${start} ${text}`}>
          <span className={styles.time}>{formatTime(start)}</span> {text}
        </p>
      ))}
    </div>
  );
}
