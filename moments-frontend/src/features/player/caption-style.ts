/** Size and background of captions, stored as preferences. */

import { createStore, useStore } from "@/lib/store";
import { type CaptionStyle, getPreferences, updatePreferences } from "./preferences";

const changes = createStore(0);
const style = (): CaptionStyle => getPreferences().captionStyle;

export function setCaptionStyle(change: Partial<CaptionStyle>): void {
  updatePreferences({ captionStyle: { ...style(), ...change } });
  changes.set(changes.get() + 1);
}

export function useCaptionStyle(): CaptionStyle {
  useStore(changes);
  return style();
}
