import { useQuery } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { useState } from "react";
import { duplicatesQuery, groupKey, mergeDuplicates, undoMerge } from "@/api/duplicates";
import type { DuplicateList, DuplicateVideo } from "@/api/schema";
import { DismissedPairs } from "@/features/duplicates/DismissedPairs";
import { DuplicateGroup } from "@/features/duplicates/DuplicateGroup";
import styles from "@/features/duplicates/Duplicates.module.css";
import { useDismissals } from "@/features/duplicates/use-dismissals";
import { t } from "@/i18n";
import { formatBytes } from "@/lib/format";
import { LIBRARY_PATH } from "@/lib/routes";
import { useDocumentTitle } from "@/lib/use-document-title";
import { Button, LinkButton } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import { toast, toastError } from "@/ui/Toasts";
import pageStyles from "./TrashPage.module.css";

/** Groups rendered at once; more are shown on demand. */
const SHOWN = 20;

/** Videos that the library has twice. */
export function DuplicatesPage() {
  useDocumentTitle(t("duplicates.title"));
  const list = useQuery(duplicatesQuery());
  const { hidden, dismiss } = useDismissals();
  const groups = list.data?.groups.filter((group) => !hidden.has(groupKey(group))) ?? [];
  const [shown, setShown] = useState(SHOWN);
  const [pending, setPending] = useState<string | null>(null);
  async function merge(key: string, keep: DuplicateVideo, remove: readonly DuplicateVideo[]) {
    setPending(key);
    await mergeInto(keep, remove);
    setPending(null);
  }
  return (
    <main className={pageStyles.page}>
      <Header list={list.data} count={groups.length} />
      {list.isPending && <Skeleton height="20rem" />}
      {list.isError && !list.data && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && groups.length === 0 && <NoDuplicates />}
      {groups.length > 0 && (
        <ul className={styles.list} aria-label={t("duplicates.groups")}>
          {groups.slice(0, shown).map((group) => (
            <DuplicateGroup
              key={groupKey(group)}
              group={group}
              isPending={pending === groupKey(group)}
              onMerge={(keep, remove) => void merge(groupKey(group), keep, remove)}
              onDismiss={() => dismiss(group)}
            />
          ))}
        </ul>
      )}
      {groups.length > shown && (
        <Button onPress={() => setShown(shown + SHOWN)}>{t("duplicates.more")}</Button>
      )}
      <DismissedPairs />
    </main>
  );
}

function Header({ list, count }: { list: DuplicateList | undefined; count: number }) {
  const size = formatBytes(list?.removable_bytes);
  return (
    <header className={pageStyles.header}>
      <h1>{t("duplicates.title")}</h1>
      <p role="status" className={pageStyles.count}>
        {count > 0 ? t("duplicates.count", { count, size }) : ""}
      </p>
      {count > 0 && <p className={pageStyles.hint}>{t("duplicates.help")}</p>}
      {list && list.pending > 0 && (
        <p className={pageStyles.hint}>{t("duplicates.pending", { count: list.pending })}</p>
      )}
    </header>
  );
}

async function mergeInto(keep: DuplicateVideo, remove: readonly DuplicateVideo[]): Promise<void> {
  try {
    const merged = await mergeDuplicates(
      keep.id,
      remove.map(({ id }) => id),
    );
    const onPress = () =>
      void undoMerge(merged).then(
        () => toast(t("duplicates.undone")),
        (error: unknown) => toastError(t("duplicates.undoFailed"), error),
      );
    const text = [
      t("duplicates.merged", { count: merged.trashed.length }),
      merged.moments > 0 ? t("duplicates.copied", { count: merged.moments }) : null,
    ];
    toast(text.filter(Boolean).join(" · "), { action: { label: t("common.undo"), onPress } });
  } catch (error) {
    toastError(t("duplicates.failed"), error);
  }
}

function NoDuplicates() {
  return (
    <EmptyState
      icon={<Copy />}
      title={t("duplicates.none")}
      actions={<LinkButton href={LIBRARY_PATH}>{t("common.goToLibrary")}</LinkButton>}
    >
      {t("duplicates.noneHelp")}
    </EmptyState>
  );
}
