import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Radio, RadioGroup } from "react-aria-components/RadioGroup";
import { problemText, toApiError } from "@/api/errors";
import { transcriptQuery } from "@/api/transcript";
import { t } from "@/i18n";
import { formatPreciseDuration, formatPreciseTime } from "@/lib/format";
import { usePlayer } from "@/lib/player";
import { FormDialog } from "@/ui/FormDialog";
import type { ShownMoment } from "./merge-refined";
import styles from "./SplitDialog.module.css";
import { canSplitAt, type SplitPosition, splitPositions } from "./split-positions";
import { useSplitMoment } from "./use-moment-mutations";

interface SplitDialogProps {
  videoId: string;
  moment: ShownMoment;
  onClose: () => void;
}

/** Splits a moment at the playhead or at a sentence. */
export function SplitDialog({ videoId, moment, onClose }: SplitDialogProps) {
  const { start_time: start, end_time: end } = moment;
  const player = usePlayer();
  const [playhead] = useState(() => Math.round(player.time * 1000) / 1000);
  const segments = useQuery(transcriptQuery(videoId)).data?.segment_timestamps ?? [];
  const sentences = splitPositions(segments, { start, end });
  const positions = canSplitAt({ start, end }, playhead)
    ? [{ seconds: playhead, text: t("moments.playhead") }, ...sentences]
    : sentences;
  const [chosen, setChosen] = useState<number | null>(null);
  const at = chosen ?? positions[0]?.seconds ?? null;
  const split = useSplitMoment(videoId);
  return (
    <FormDialog
      title={t("moments.splitMoment")}
      submit={t("moments.splitSubmit")}
      isDisabled={at === null}
      isPending={split.isPending}
      className={styles.form}
      onSubmit={() => at !== null && split.mutate({ id: moment.id, at }, { onSuccess: onClose })}
      onClose={onClose}
    >
      {at === null ? (
        <p>{t("moments.noSentenceStartsInsideThis")}</p>
      ) : (
        <>
          <Positions positions={positions} at={at} onChange={setChosen} />
          <p className={styles.lengths}>
            {t("moments.partsOfAtAndEnd", {
              at: formatPreciseDuration(at - start),
              end: formatPreciseDuration(end - at),
            })}
          </p>
        </>
      )}
      <div role="alert">
        {split.isError && <p className={styles.error}>{problemText(toApiError(split.error).problem)}</p>}
      </div>
    </FormDialog>
  );
}

interface PositionsProps {
  positions: readonly SplitPosition[];
  at: number;
  onChange: (seconds: number) => void;
}

function Positions({ positions, at, onChange }: PositionsProps) {
  const index = positions.findIndex(({ seconds }) => seconds === at);
  return (
    <RadioGroup
      aria-label={t("moments.splitAt")}
      className={styles.positions ?? ""}
      value={String(index)}
      onChange={(value) => onChange(positions[Number(value)]?.seconds ?? at)}
    >
      {positions.map(({ seconds, text }, place) => (
        <Radio key={`${seconds} ${text}`} value={String(place)} className={styles.position ?? ""}>
          <span className={styles.time}>{formatPreciseTime(seconds)}</span>
          <span dir="auto">{text}</span>
        </Radio>
      ))}
    </RadioGroup>
  );
}
