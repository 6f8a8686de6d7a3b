/** Files that were not uploaded because of their names, listed until the user dismisses them. */

import { type TextKey, t } from "@/i18n";
import { createStore, useStore } from "@/lib/store";
import type { FoundFile } from "./dropped-files";
import { extensionOf, type Rejection, rejectionOf } from "./parse";

export interface RejectedFile {
  /** Folder and name. */
  path: string;
  reason: Rejection;
}

const rejected = createStore<readonly RejectedFile[]>([]);

export function useRejected(): readonly RejectedFile[] {
  return useStore(rejected);
}

export function dismissRejected(): void {
  rejected.set([]);
}

/** Return the files that can be uploaded; the others are listed in the panel. */
export function keepVideos(files: readonly FoundFile[]): FoundFile[] {
  const known = new Map(rejected.get().map((file) => [file.path, file]));
  const videos: FoundFile[] = [];
  for (const found of files) {
    const reason = rejectionOf(found.file.name);
    if (reason === null) videos.push(found);
    else known.set(pathOf(found), { path: pathOf(found), reason });
  }
  if (videos.length < files.length) rejected.set([...known.values()]);
  return videos;
}

function pathOf({ file, folder }: FoundFile): string {
  return folder === "" ? file.name : `${folder}/${file.name}`;
}

const REASONS: Record<Rejection, TextKey> = {
  hidden: "upload.rejectedHidden",
  type: "upload.rejectedType",
  download: "upload.rejectedDownload",
};

export function rejectionText({ path, reason }: RejectedFile): string {
  const extension = extensionOf(path.split("/").at(-1) ?? "");
  if (reason === "type" && extension === "") return t("upload.rejectedNoExtension");
  return t(REASONS[reason], { extension: `.${extension}` });
}
