import { t } from "@/i18n";
import { shortcutGroups } from "@/lib/shortcuts";
import { Dialog } from "@/ui/Dialog";
import { ShortcutList } from "@/ui/ShortcutList";

/** Lists the shortcuts of a page. */
export function ShortcutsDialog({ path, onClose }: { path: string; onClose: () => void }) {
  return (
    <Dialog title={t("app.shortcuts")} isOpen onClose={onClose}>
      <ShortcutList groups={shortcutGroups(path)} />
    </Dialog>
  );
}
