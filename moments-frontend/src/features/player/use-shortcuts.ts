import { useEffect, useEffectEvent } from "react";
import { listen } from "@/lib/listen";
import { getPreferences } from "./preferences";
import { type Command, commandFor, type FocusTarget } from "./shortcuts";

const FIELD = "input, textarea, select, [contenteditable]:not([contenteditable=false]), [role=combobox]";
const CONTROL = "button, a[href], summary, [role=button], [role=link], [role=tab], [role=switch]";
// Toasts have the dialog role too, but do not capture keys.
const OWN_KEYS = "[role=menu], [role=listbox], [role=dialog], [role=alertdialog]:not([aria-modal=false])";
const SLIDER = "[type=range], [role=slider], media-volume-range";

/** Return the focused element, including those in shadow roots. */
export function focusTarget(target: Element, root: ParentNode = document): FocusTarget {
  if (target.closest("media-time-range")) return "seek bar";
  if (target.closest(SLIDER)) return "slider";
  if (target.closest(FIELD) || target.closest(OWN_KEYS) || root.querySelector(OWN_KEYS)) return "field";
  const isControl = target.closest(CONTROL) !== null;
  if (target.closest("[role=tablist], [data-scrolls]")) return isControl ? "list control" : "list";
  return isControl ? "control" : "page";
}

/** Handle shortcuts on the whole page, except keys that the focused element uses. */
export function useShortcuts(frame: HTMLElement | null, run: (command: Command) => void): void {
  const handleKey = useEffectEvent((event: KeyboardEvent) => {
    const { target } = event;
    if (event.defaultPrevented || event.isComposing || !(target instanceof Element)) return;
    if (!getPreferences().keysEverywhere && !frame?.contains(target)) return;
    const command = commandFor(event, focusTarget(target));
    if (!command) return;
    event.preventDefault();
    run(command);
  });
  useEffect(() => listen(document, { keydown: (event) => handleKey(event) }), []);
}
