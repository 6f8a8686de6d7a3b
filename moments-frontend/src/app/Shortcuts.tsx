import { useEffect, useState } from "react";
import { usePathname } from "wouter/use-browser-location";
import { lazy } from "@/lib/lazy";
import { listen } from "@/lib/listen";
import { Boundary } from "@/ui/Boundary";

const ShortcutsDialog = lazy(async () => ({ default: (await import("./ShortcutsDialog")).ShortcutsDialog }));

const FIELD = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
const OVERLAY = "[role=menu], [role=listbox], [role=dialog], [role=alertdialog]:not([aria-modal=false])";

/** Lists the shortcuts of the page after `?`. The player handles the key itself, also in full screen. */
export function Shortcuts() {
  const path = usePathname();
  const [isOpen, setOpen] = useState(false);
  useEffect(
    () =>
      // On the window, after the handlers of the page.
      listen(window, {
        keydown: (event) => {
          if (event.key !== "?" || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
          const isTyping = event.target instanceof Element && event.target.closest(FIELD) !== null;
          if (isTyping || document.querySelector(OVERLAY)) return;
          event.preventDefault();
          setOpen(true);
        },
      }),
    [],
  );
  if (!isOpen) return null;
  const close = () => setOpen(false);
  return (
    <Boundary place="dialog" onClose={close}>
      <ShortcutsDialog path={path} onClose={close} />
    </Boundary>
  );
}
