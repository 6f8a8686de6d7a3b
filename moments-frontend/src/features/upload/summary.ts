/** Summary of all uploads, for the panel. */

import { t } from "@/i18n";
import { FINISHED, percentOf, type UploadItem, type UploadStatus } from "./store";

/** Rows that are displayed; a folder of thousands of files would fill the document. */
export const MAX_ROWS = 100;

/** The order of the list: what is in progress, what needs the user, what waits, what has ended. */
const RANKS: Record<UploadStatus, number> = {
  uploading: 0,
  offline: 0,
  downloading: 0,
  registering: 0,
  paused: 1,
  incomplete: 1,
  failed: 2,
  runFailed: 2,
  runCancelled: 2,
  queued: 3,
  processing: 4,
  duplicate: 5,
  done: 6,
};

/** Return the items in the order of the list; items of one kind keep theirs. */
export function orderItems(items: readonly UploadItem[]): UploadItem[] {
  return [...items].sort((one, other) => RANKS[one.status] - RANKS[other.status]);
}

export interface Summary {
  title: string;
  /** Items that are being added. */
  active: number;
  /** Added videos whose moments are being found. */
  processing: number;
  /** Finished items, failed ones included. */
  finished: number;
  /** Progress of all items, from 0 to 100; null if nothing is in progress. */
  percent: number | null;
}

export function summarize(items: readonly UploadItem[]): Summary {
  const count = (...statuses: UploadStatus[]) =>
    items.filter(({ status }) => statuses.includes(status)).length;
  const finished = count(...FINISHED);
  const incomplete = count("incomplete");
  const processing = count("processing");
  const active = items.length - finished - incomplete - processing;
  return {
    title: titleOf(items.length, active, count),
    active,
    processing,
    finished,
    percent: percentDone(items, active),
  };
}

function titleOf(all: number, active: number, count: (...statuses: UploadStatus[]) => number): string {
  const processing = count("processing");
  const added = count("done", "processing", "runFailed", "runCancelled");
  const parts = {
    failed: count("failed"),
    duplicate: count("duplicate"),
    incomplete: count("incomplete"),
  };
  const others = [
    parts.duplicate > 0 && t("upload.countDuplicates", { count: parts.duplicate }),
    parts.failed > 0 && t("upload.countFailed", { count: parts.failed }),
    count("runFailed") > 0 && t("upload.countRunsFailed", { count: count("runFailed") }),
    parts.incomplete > 0 && t("upload.countIncomplete", { count: parts.incomplete }),
  ].filter((part) => part !== false);
  if (active > 0) {
    const done = all - active - parts.incomplete;
    const start =
      done === 0
        ? t("upload.adding", { count: active })
        : t("upload.addingSome", { done, count: all - parts.incomplete });
    return [start, parts.failed > 0 && t("upload.countFailed", { count: parts.failed })]
      .filter((part) => part !== false)
      .join(" · ");
  }
  if (processing > 0) return [t("upload.findingMoments", { count: processing }), ...others].join(" · ");
  if (others.length === 0) return t("upload.allAdded", { count: added });
  if (added > 0) others.unshift(t("upload.countAdded", { count: added }));
  return others.join(" · ");
}

/** Each item counts alike, because the sizes of links are unknown until they are downloaded. */
function percentDone(items: readonly UploadItem[], active: number): number | null {
  const counted = items.filter(({ status }) => status !== "incomplete");
  if (active === 0 || counted.length < 2) return null;
  const known = counted.every(({ kind, size }) => kind === "file" && size !== null);
  const weight = ({ size }: UploadItem) => (known ? Math.max(1, size ?? 1) : 1);
  const total = counted.reduce((sum, item) => sum + weight(item), 0);
  return (counted.reduce((sum, item) => sum + weight(item) * shareOf(item), 0) / total) * 100;
}

/** Part of the work that is done: sending takes most of it, storing the rest. */
const SENT_SHARE = 0.9;

function shareOf(item: UploadItem): number {
  const share = (percentOf(item) ?? 0) / 100;
  if (FINISHED.includes(item.status) || item.status === "processing") return 1;
  return item.status === "registering" ? SENT_SHARE + (1 - SENT_SHARE) * share : SENT_SHARE * share;
}
