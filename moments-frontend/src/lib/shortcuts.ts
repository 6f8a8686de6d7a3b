/** All keyboard shortcuts, by the part of the app in which they work. */

import type { TextKey } from "@/i18n";
import { LIBRARY_PATH, MOMENTS_PATH, SEARCH_PATH } from "./routes";

export interface Shortcut {
  /** Names of keys; those with words of their own language are texts. */
  keys: readonly string[];
  text: TextKey;
}

export interface ShortcutGroup {
  title: TextKey;
  shortcuts: readonly Shortcut[];
}

const EVERYWHERE: ShortcutGroup = {
  title: "app.shortcutsEverywhere",
  shortcuts: [
    { keys: ["/"], text: "app.shortcutSearch" },
    { keys: ["Ctrl", "V"], text: "app.shortcutPaste" },
    { keys: ["Esc"], text: "app.shortcutClose" },
    { keys: ["F6"], text: "app.shortcutToasts" },
    { keys: ["?"], text: "app.shortcutHelp" },
  ],
};

const SELECTION: ShortcutGroup = {
  title: "app.shortcutsList",
  shortcuts: [
    { keys: ["← → ↑ ↓"], text: "app.shortcutNextCard" },
    { keys: ["Enter"], text: "app.shortcutOpen" },
    { keys: ["Space"], text: "app.shortcutSelect" },
    { keys: ["Shift", "Space"], text: "app.shortcutSelectRange" },
  ],
};

const RESULTS: ShortcutGroup = {
  title: "app.shortcutsResults",
  shortcuts: [
    { keys: ["↓", "J"], text: "app.shortcutNextResult" },
    { keys: ["↑", "K"], text: "app.shortcutPreviousResult" },
    { keys: ["Enter"], text: "app.shortcutOpen" },
  ],
};

const PLAYER: ShortcutGroup = {
  title: "app.shortcutsPlayer",
  shortcuts: [
    { keys: ["Space", "K"], text: "player.shortcutPlay" },
    { keys: ["J", "L"], text: "player.shortcutSkip10" },
    { keys: ["←", "→"], text: "player.shortcutSkip5" },
    { keys: ["N", "P"], text: "player.shortcutMoments" },
    { keys: ["I", "O"], text: "player.shortcutPoints" },
    { keys: ["B"], text: "player.shortcutCreate" },
    { keys: ["[", "]"], text: "player.shortcutChapters" },
    { keys: ["0", "…", "9"], text: "player.shortcutJump" },
    { keys: ["Home", "End"], text: "player.shortcutEnds" },
    { keys: [",", "."], text: "player.shortcutFrames" },
    { keys: ["<", ">"], text: "player.shortcutSpeed" },
    { keys: ["↑", "↓"], text: "player.shortcutVolume" },
    { keys: ["M"], text: "player.shortcutMute" },
    { keys: ["C"], text: "player.shortcutCaptions" },
    { keys: ["F"], text: "player.shortcutFullscreen" },
    { keys: ["U"], text: "player.shortcutPip" },
  ],
};

const TRANSCRIPT: ShortcutGroup = {
  title: "app.shortcutsTranscript",
  shortcuts: [
    { keys: ["E"], text: "player.shortcutEdit" },
    { keys: ["Shift", "← → ↑ ↓"], text: "player.shortcutSelectWords" },
    { keys: ["Shift", "Enter"], text: "player.shortcutCreateFromWords" },
  ],
};

/** Return the shortcuts that work on the page of a path. */
export function shortcutGroups(path: string): readonly ShortcutGroup[] {
  if (path.startsWith("/watch/")) return [PLAYER, TRANSCRIPT, EVERYWHERE];
  if (path === SEARCH_PATH) return [RESULTS, EVERYWHERE];
  if (path === LIBRARY_PATH || path === MOMENTS_PATH) return [SELECTION, EVERYWHERE];
  return [EVERYWHERE];
}
