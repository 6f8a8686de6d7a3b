import { t } from "@/i18n";
import { toast, toastError } from "./Toasts";

/** Copy a text to the clipboard and show a toast. Resolves to whether it was copied. */
export async function copyText(text: string, message: string): Promise<boolean> {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copyWithSelection(text);
    toast(message);
    return true;
  } catch {
    toastError(t("ui.couldNotCopy"), new Error(t("ui.clipboardBlocked")));
    return false;
  }
}

/** Copy without the clipboard API, which browsers offer only on HTTPS and localhost. */
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
