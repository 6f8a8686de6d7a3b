import { toast, toastError } from "./Toasts";

/** Put a text where people paste from, and say so. Resolves to whether it is there. */
export async function copyText(text: string, said: string): Promise<boolean> {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copyWithSelection(text);
    toast(said);
    return true;
  } catch {
    toastError("That could not be copied", new Error("the browser does not allow it on this page"));
    return false;
  }
}

/** Without HTTPS, and not on this very machine, a browser has no clipboard but this. */
function copyWithSelection(text: string): void {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  if (!isCopied) throw new Error("not copied");
}
