import { useMutation, useQuery } from "@tanstack/react-query";
import { HardDrive, RotateCw } from "lucide-react";
import type { PartUsage, StorageUsage, StorageUsageStatus } from "@/api/schema";
import { recomputeStorage, storageQuery } from "@/api/storage-status";
import { type TextKey, t } from "@/i18n";
import { formatBytes, formatExactDate, sentence } from "@/lib/format";
import { LIBRARY_PATH } from "@/lib/routes";
import { IconButton, LinkButton } from "@/ui/Button";
import { Progress } from "@/ui/Progress";
import { Spinner } from "@/ui/Spinner";
import { toastError } from "@/ui/Toasts";
import { Loaded, Section } from "./Section";
import styles from "./Settings.module.css";

/** Names of the API's kinds; others are shown as they are. */
const KINDS: Readonly<Record<string, TextKey>> = {
  originals: "settings.kindOriginals",
  "playback copies": "settings.kindCopies",
  clips: "settings.kindClips",
  transcripts: "settings.kindTranscripts",
  moments: "settings.kindMoments",
  audio: "settings.kindAudio",
  chapters: "settings.kindChapters",
  captions: "settings.kindCaptions",
  trash: "settings.kindTrash",
  exports: "settings.kindExports",
  thumbnails: "settings.kindThumbnails",
  storyboards: "settings.kindStoryboards",
  sidecars: "settings.kindSidecars",
  "unfinished uploads": "settings.kindUploads",
  "work folders": "settings.kindWork",
  other: "settings.kindOther",
};

/** Bytes in the bucket and on this machine by kind, and what offloading would free. */
export function StorageSection() {
  const storage = useQuery(storageQuery());
  const recompute = useMutation({
    mutationFn: recomputeStorage,
    onError: (error) => toastError(t("settings.couldNotCompute"), error),
  });
  return (
    <Section
      id="storage"
      title={t("settings.storage")}
      actions={
        <IconButton
          size="s"
          label={t("settings.recompute")}
          icon={<RotateCw />}
          isPending={recompute.isPending}
          onPress={() => recompute.mutate()}
        />
      }
    >
      <Loaded query={storage}>{(status) => <Status status={status} />}</Loaded>
    </Section>
  );
}

function Status({
  status: { state, usage, computed_at: computedAt, error },
}: {
  status: StorageUsageStatus;
}) {
  return (
    <>
      {state === "computing" && (
        <p role="status" className={styles.facts}>
          <Spinner /> {t("settings.storageComputing")}
        </p>
      )}
      {error && (
        <p role="alert" className={styles.error}>
          {sentence(error)}
        </p>
      )}
      {usage && <Usage usage={usage} />}
      {computedAt && (
        <p className={styles.facts}>{t("settings.computedAt", { date: formatExactDate(computedAt) })}</p>
      )}
    </>
  );
}

function Usage({ usage }: { usage: StorageUsage }) {
  const { disk_total_bytes: total, disk_free_bytes: free, offload } = usage;
  const bucket = t("settings.inBucket", { bucket: usage.bucket_name });
  return (
    <>
      <div className={styles.fields}>
        <Kinds title={bucket} parts={usage.bucket} sum={usage.bucket_bytes} />
        <Kinds title={t("settings.onDisk")} parts={usage.disk} sum={usage.disk_bytes} />
      </div>
      <div className={styles.group}>
        <p className={styles.facts}>
          {t("settings.diskFree", { free: formatBytes(free), total: formatBytes(total) })}
        </p>
        <Progress label={t("settings.diskUsed")} percent={total > 0 ? (1 - free / total) * 100 : 0} />
      </div>
      <div className={styles.buttons}>
        <p>{t("settings.offloadEstimate", { count: offload.videos, size: formatBytes(offload.bytes) })}</p>
        {offload.videos > 0 && (
          <LinkButton size="s" icon={<HardDrive aria-hidden />} href={`${LIBRARY_PATH}?location=both`}>
            {t("settings.showVideos")}
          </LinkButton>
        )}
      </div>
    </>
  );
}

function Kinds({ title, parts, sum }: { title: string; parts: readonly PartUsage[]; sum: number }) {
  return (
    <table className={styles.table}>
      <caption className={styles.caption}>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{t("settings.kind")}</th>
          <th scope="col" className={styles.number}>
            {t("settings.files")}
          </th>
          <th scope="col" className={styles.number}>
            {t("settings.size")}
          </th>
        </tr>
      </thead>
      <tbody>
        {parts.map(({ kind, count, bytes }) => (
          <tr key={kind}>
            <td>{KINDS[kind] ? t(KINDS[kind]) : kind}</td>
            <td className={styles.number}>{t("settings.number", { number: count })}</td>
            <td className={styles.number}>{formatBytes(bytes)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">{t("settings.sum")}</th>
          <td />
          <td className={styles.number}>{formatBytes(sum)}</td>
        </tr>
      </tbody>
    </table>
  );
}
