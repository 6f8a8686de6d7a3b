import { useCallback, useEffect, useRef, useState } from "react";
import { dismissDuplicates, groupKey } from "@/api/duplicates";
import type { DuplicateGroup } from "@/api/schema";
import { t } from "@/i18n";
import { listen } from "@/lib/listen";
import { toast, toastError } from "@/ui/Toasts";

/** Time in which a dismissal can be undone; the API has no way back. */
const UNDO_MS = 8_000;

interface Dismissals {
  /** Keys of groups that are hidden. */
  hidden: ReadonlySet<string>;
  dismiss: (group: DuplicateGroup) => void;
}

/** Hide groups at once, and notify the server after the time in which that can be undone. */
export function useDismissals(): Dismissals {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const waiting = useRef(new Map<string, () => void>());
  useEffect(() => {
    const commit = () => {
      for (const send of waiting.current.values()) send();
    };
    const stop = listen(window, { pagehide: commit });
    return () => {
      stop();
      commit();
    };
  }, []);
  const dismiss = useCallback((group: DuplicateGroup) => {
    const key = groupKey(group);
    const show = () => setHidden((before) => new Set([...before].filter((other) => other !== key)));
    const end = () => {
      clearTimeout(timer);
      waiting.current.delete(key);
    };
    const send = () => {
      end();
      dismissDuplicates(group.videos.map(({ id }) => id)).catch((error: unknown) => {
        show();
        toastError(t("duplicates.failed"), error);
      });
    };
    const timer = setTimeout(send, UNDO_MS);
    waiting.current.set(key, send);
    setHidden((before) => new Set(before).add(key));
    const undo = () => {
      if (!waiting.current.has(key)) return;
      end();
      show();
    };
    toast(t("duplicates.dismissed"), { action: { label: t("common.undo"), onPress: undo } });
  }, []);
  return { hidden, dismiss };
}
