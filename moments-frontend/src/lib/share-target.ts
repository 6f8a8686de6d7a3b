/** Subject of the share dialog. Separate from the dialog, so that every feature can open it. */

import { createStore, useStore } from "./store";

export interface ShareTarget {
  videoId: string;
  /** Title of the video, the moment or the sentence. */
  title: string;
  /** Share only this moment. */
  momentId?: string;
  /** Suggested passage in seconds. */
  range?: { start: number; end: number };
  /** The passage is a piece of the transcript: share whole sentences. */
  spoken?: boolean;
  /** Suggested start of a whole video in seconds. */
  start?: number;
}

const target = createStore<ShareTarget | null>(null);

export function openShareDialog(shared: ShareTarget): void {
  target.set(shared);
}

export function closeShareDialog(): void {
  target.set(null);
}

/** Return what the dialog is open for; null while it is closed. */
export function useShareTarget(): ShareTarget | null {
  return useStore(target);
}
