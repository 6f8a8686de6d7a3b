import { useCallback, useState } from "react";
import { dismissDuplicates, groupKey, undismissDuplicates } from "@/api/duplicates";
import type { DuplicateGroup } from "@/api/schema";
import { t } from "@/i18n";
import { toast, toastError } from "@/ui/Toasts";

interface Dismissals {
  /** Keys of groups that are hidden. */
  hidden: ReadonlySet<string>;
  dismiss: (group: DuplicateGroup) => void;
}

/** Mark groups as different. They are hidden at once, while the server is still working on it. */
export function useDismissals(): Dismissals {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const dismiss = useCallback((group: DuplicateGroup) => {
    const ids = group.videos.map(({ id }) => id);
    const key = groupKey(group);
    const show = () => setHidden((before) => new Set([...before].filter((other) => other !== key)));
    setHidden((before) => new Set(before).add(key));
    // The list does not contain the group any more once this has succeeded; undoing it shows it again.
    const dismissed = dismissDuplicates(ids).finally(show);
    dismissed.catch((error: unknown) => toastError(t("duplicates.failed"), error));
    const onPress = () =>
      void dismissed
        .then(() => undismissDuplicates(ids))
        .catch((error: unknown) => toastError(t("duplicates.undoFailed"), error));
    toast(t("duplicates.dismissed"), { action: { label: t("common.undo"), onPress } });
  }, []);
  return { hidden, dismiss };
}
