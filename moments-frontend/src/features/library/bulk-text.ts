/** Texts about actions on many videos. */

import type { BulkOperation } from "@/api/bulk";
import { type TextKey, t } from "@/i18n";

const SUMMARIES: Record<BulkOperation["action"], TextKey> = {
  trash: "library.doneTrash",
  restore: "library.doneRestore",
  delete: "library.doneDelete",
  add_tags: "library.doneAddTags",
  remove_tags: "library.doneRemoveTags",
  favorite: "library.doneFavorite",
  unfavorite: "library.doneUnfavorite",
  transcribe: "library.doneTranscribe",
  offload: "library.doneOffload",
  fetch: "library.doneFetch",
  merge: "library.doneTrash",
};

/** Return what an operation changed, and how many videos needed no change. */
export function bulkSummary({ action, total, changed, failed, state }: BulkOperation): string {
  const unchanged = total - changed - failed;
  const parts = [t(SUMMARIES[action], { count: changed })];
  if (state === "cancelled") parts.push(t("library.notAttempted", { count: Math.max(0, unchanged) }));
  else if (unchanged > 0) parts.push(t("library.unchanged", { count: unchanged }));
  if (failed > 0) parts.push(t("library.countFailed", { count: failed }));
  return parts.join(" · ");
}

/** Return the progress of an operation. */
export function bulkTitle({ state, done, total }: BulkOperation): string {
  if (state === "cancelling") return t("library.stopping");
  return t("library.progress", { done, count: total });
}
