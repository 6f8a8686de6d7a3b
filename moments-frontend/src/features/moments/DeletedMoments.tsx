import { useQuery } from "@tanstack/react-query";
import { ChevronRight, Pause, Play, RotateCcw, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { Disclosure, DisclosurePanel } from "react-aria-components/Disclosure";
import { problemText, toApiError } from "@/api/errors";
import { type DeletedMoment, deletedMomentsQuery } from "@/api/moments";
import { t } from "@/i18n";
import { formatAgo, formatExactDate, formatTime } from "@/lib/format";
import { isPlayingRange, usePlayer, usePlayerValue } from "@/lib/player";
import { useNow } from "@/lib/use-now";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import styles from "./DeletedMoments.module.css";
import { usePurgeMoment, useRestoreMoments } from "./use-moment-mutations";

/** Deleted moments that can be restored, folded until they are needed. */
export function DeletedMoments({ videoId }: { videoId: string }) {
  const deleted = useQuery(deletedMomentsQuery(videoId)).data ?? [];
  const [purging, setPurging] = useState<DeletedMoment | null>(null);
  if (deleted.length === 0) return null;
  return (
    <Disclosure className={styles.deleted ?? ""}>
      <AriaButton slot="trigger" className={styles.trigger ?? ""}>
        <ChevronRight aria-hidden />
        {t("moments.deletedCount", { count: deleted.length })}
      </AriaButton>
      <DisclosurePanel>
        <ul aria-label={t("moments.deletedMoments")} className={styles.list}>
          {deleted.map((moment) => (
            <DeletedRow
              key={moment.id}
              videoId={videoId}
              moment={moment}
              onPurge={() => setPurging(moment)}
            />
          ))}
        </ul>
      </DisclosurePanel>
      {purging && <PurgeDialog videoId={videoId} moment={purging} onClose={() => setPurging(null)} />}
    </Disclosure>
  );
}

interface DeletedRowProps {
  videoId: string;
  moment: DeletedMoment;
  onPurge: () => void;
}

function DeletedRow({ videoId, moment, onPurge }: DeletedRowProps) {
  const restoration = useRestoreMoments(videoId);
  const { title, start_time: start, end_time: end } = moment;
  return (
    <li className={styles.row}>
      <PlayDeleted moment={moment} />
      <div className={styles.names}>
        <h3 className={styles.title}>{title}</h3>
        <p className={styles.facts}>
          <span className="tabular">
            {formatTime(start)}–{formatTime(end)}
          </span>
          <Times moment={moment} />
        </p>
      </div>
      <div className={styles.buttons}>
        <Button
          size="s"
          icon={<RotateCcw aria-hidden />}
          aria-label={t("moments.restoreTitle", { title })}
          isPending={restoration.isPending}
          onPress={() => restoration.mutate([moment.id])}
        >
          {t("moments.restore")}
        </Button>
        <IconButton
          label={t("moments.deleteTitleForGood", { title })}
          size="s"
          icon={<Trash2 />}
          onPress={onPurge}
        />
      </div>
    </li>
  );
}

/** Time and reason of the deletion, and when it becomes final. */
function Times({ moment }: { moment: DeletedMoment }) {
  const now = useNow(true);
  const ago = formatAgo(moment.deleted_at, now);
  return (
    <>
      <span title={formatExactDate(moment.deleted_at)}>
        {moment.replaced_by === null ? t("moments.deletedAgo", { ago }) : t("moments.replacedAgo", { ago })}
      </span>
      <span title={formatExactDate(moment.purges_at)}>
        {t("moments.purgesAt", { purgesat: formatUntil(moment.purges_at, now) })}
      </span>
      {!moment.has_clip && <span>{t("moments.noClip")}</span>}
    </>
  );
}

const DAY_MS = 86_400_000;

/** Return the time left, such as `in 30 days`. */
function formatUntil(iso: string, now: number): string {
  const days = Math.ceil((Date.parse(iso) - now) / DAY_MS);
  return days <= 0 ? "today" : days === 1 ? "in 1 day" : `in ${days} days`;
}

function PlayDeleted({ moment }: { moment: DeletedMoment }) {
  const { title, start_time: start, end_time: end } = moment;
  const player = usePlayer();
  const isPlaying = usePlayerValue(
    ({ range, isPaused }) => !isPaused && range !== null && isPlayingRange(moment, range.start, range.end),
  );
  return (
    <IconButton
      label={isPlaying ? t("common.pause") : t("moments.playTitle", { title })}
      size="s"
      icon={isPlaying ? <Pause /> : <Play />}
      onPress={() => (isPlaying ? player.video?.pause() : player.playRange({ start, end }))}
    />
  );
}

interface PurgeDialogProps {
  videoId: string;
  moment: DeletedMoment;
  onClose: () => void;
}

function PurgeDialog({ videoId, moment, onClose }: PurgeDialogProps) {
  const purge = usePurgeMoment(videoId);
  return (
    <ConfirmDialog
      title={t("moments.deleteForGood")}
      confirm={t("moments.deleteForGoodSubmit")}
      isOpen
      isPending={purge.isPending}
      onConfirm={() => purge.mutate(moment.id, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{t("moments.deleteForGoodConsequence", { title: moment.title })}</p>
      <div role="alert">
        {purge.isError && <p className={styles.error}>{problemText(toApiError(purge.error).problem)}</p>}
      </div>
    </ConfirmDialog>
  );
}
