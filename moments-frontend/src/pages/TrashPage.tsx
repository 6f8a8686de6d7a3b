import { useInfiniteQuery } from "@tanstack/react-query";
import { CheckCheck, RotateCcw, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import type { TrashPage as Page, TrashedVideo } from "@/api/schema";
import { trashQuery } from "@/api/trash";
import { DeleteDialog, type Deletion } from "@/features/trash/DeleteDialog";
import { Failures } from "@/features/trash/Failures";
import styles from "@/features/trash/Trash.module.css";
import { TrashRow } from "@/features/trash/TrashRow";
import { type TrashActions, useTrashActions } from "@/features/trash/use-trash-actions";
import { t } from "@/i18n";
import { formatBytes } from "@/lib/format";
import { addAll, EMPTY_SELECTION, extend, keep, type Selection, toggle } from "@/lib/selection";
import { useDocumentTitle } from "@/lib/use-document-title";
import { Button } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { Progress } from "@/ui/Progress";
import { Skeleton } from "@/ui/Skeleton";
import pageStyles from "./TrashPage.module.css";

/** Deleted videos, until they are deleted for good. */
export function TrashPage() {
  useDocumentTitle(t("trash.title"));
  const list = useInfiniteQuery(trashQuery());
  const videos = useMemo(() => list.data?.pages.flatMap((page) => page.videos) ?? [], [list.data]);
  const page = list.data?.pages[0];
  const actions = useTrashActions();
  const [selection, setSelection] = useState<Selection<TrashedVideo>>(EMPTY_SELECTION);
  const [deletion, setDeletion] = useState<Deletion | null>(null);
  const known = useMemo(() => new Set(videos.map(({ id }) => id)), [videos]);
  const selected = keep(selection, (id) => known.has(id));
  return (
    <main className={pageStyles.page}>
      <Header page={page} />
      {actions.result && <Failures operation={actions.result} onClose={actions.clearResult} />}
      <DeletionProgress actions={actions} />
      {page && page.total > 0 && (
        <Toolbar
          page={page}
          selected={[...selected.items.values()]}
          onSelectAll={() => setSelection(addAll(selected, videos))}
          onRestore={(chosen) => void actions.restore(chosen)}
          onDelete={setDeletion}
        />
      )}
      {list.isError && !page && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <Skeleton height="7rem" />}
      {page?.total === 0 && <EmptyTrash days={page.days} />}
      {videos.length > 0 && (
        <ul className={styles.list} aria-label={t("trash.videos")}>
          {videos.map((video) => (
            <TrashRow
              key={video.id}
              video={video}
              isSelected={selected.items.has(video.id)}
              onSelect={(isRange) =>
                setSelection(isRange ? extend(selected, video, videos) : toggle(selected, video))
              }
              onRestore={() => void actions.restore([video])}
              onDelete={() => setDeletion(deletionOf([video]))}
            />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
          {t("trash.more")}
        </Button>
      )}
      {deletion && page && (
        <Confirmation deletion={deletion} page={page} actions={actions} onClose={() => setDeletion(null)} />
      )}
    </main>
  );
}

function deletionOf(videos: readonly TrashedVideo[]): Deletion {
  const count = videos.length;
  const [first] = videos;
  return {
    ids: videos.map(({ id }) => id),
    count,
    bytes: videos.reduce((sum, { size_bytes: size }) => sum + (size ?? 0), 0),
    title:
      first && count === 1
        ? t("trash.confirmOne", { title: first.title })
        : t("trash.confirmSome", { count }),
  };
}

function Header({ page }: { page: Page | undefined }) {
  const isEmpty = page?.total === 0;
  return (
    <header className={pageStyles.header}>
      <h1>{t("trash.title")}</h1>
      <p role="status" className={pageStyles.count}>
        {page && !isEmpty ? t("trash.count", { count: page.total, size: formatBytes(page.size_bytes) }) : ""}
      </p>
      {page && !isEmpty && <p className={pageStyles.hint}>{t("trash.help", { count: page.days })}</p>}
    </header>
  );
}

interface ToolbarProps {
  page: Page;
  selected: readonly TrashedVideo[];
  onSelectAll: () => void;
  onRestore: (videos: readonly TrashedVideo[]) => void;
  onDelete: (deletion: Deletion) => void;
}

function Toolbar({ page, selected, onSelectAll, onRestore, onDelete }: ToolbarProps) {
  const count = selected.length;
  const all: Deletion = {
    ids: "all",
    title: t("trash.confirmEmpty"),
    count: page.total,
    bytes: page.size_bytes,
  };
  return (
    <section aria-label={t("trash.actions")} className={pageStyles.toolbar}>
      <Button icon={<CheckCheck aria-hidden />} onPress={onSelectAll}>
        {t("trash.selectAll")}
      </Button>
      {count > 0 && (
        <>
          <Button icon={<RotateCcw aria-hidden />} onPress={() => onRestore(selected)}>
            {t("trash.restoreCount", { count })}
          </Button>
          <Button
            variant="danger"
            icon={<Trash2 aria-hidden />}
            onPress={() => onDelete(deletionOf(selected))}
          >
            {t("trash.deleteCount", { count })}
          </Button>
        </>
      )}
      <Button
        variant="danger"
        className={pageStyles.empty ?? ""}
        icon={<Trash2 aria-hidden />}
        onPress={() => onDelete(all)}
      >
        {t("trash.empty")}
      </Button>
    </section>
  );
}

function DeletionProgress({ actions: { operation } }: { actions: TrashActions }) {
  if (!operation) return null;
  const { done, total } = operation;
  const text = t("trash.deleting", { done, count: total });
  return (
    <div role="status" className={pageStyles.progress}>
      <p>{text}</p>
      <Progress label={text} percent={total > 0 ? (100 * done) / total : null} />
    </div>
  );
}

interface ConfirmationProps {
  deletion: Deletion;
  page: Page;
  actions: TrashActions;
  onClose: () => void;
}

function Confirmation({ deletion, page, actions, onClose }: ConfirmationProps) {
  const [isPending, setPending] = useState(false);
  const confirm = async (deleteLocal: boolean) => {
    setPending(true);
    await actions.remove(deletion, page, deleteLocal);
    onClose();
  };
  return (
    <DeleteDialog
      deletion={deletion}
      isPending={isPending}
      onConfirm={(deleteLocal) => void confirm(deleteLocal)}
      onClose={onClose}
    />
  );
}

function EmptyTrash({ days }: { days: number }) {
  return (
    <EmptyState icon={<Trash2 />} title={t("trash.isEmpty")}>
      {t("trash.emptyHelp", { count: days })}
    </EmptyState>
  );
}
