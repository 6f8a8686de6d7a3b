import { useQuery } from "@tanstack/react-query";
import { Copy, Ellipsis, List, Plus, RotateCcw } from "lucide-react";
import { useRef, useState } from "react";
import { type ChapterList, chaptersQuery } from "@/api/chapters";
import type { VideoDetail } from "@/api/schema";
import { t } from "@/i18n";
import { usePlayer } from "@/lib/player";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { copyText } from "@/ui/copy-text";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { Menu, MenuItem } from "@/ui/Menu";
import { Skeleton } from "@/ui/Skeleton";
import { ChapterForm, type ChapterValues } from "./ChapterForm";
import { ChapterRow } from "./ChapterRow";
import styles from "./Chapters.module.css";
import {
  addChapter,
  changeChapter,
  removeChapter,
  startProblem,
  toDescription,
  toDrafts,
} from "./chapter-list";
import { useChapterMutations } from "./use-chapter-mutations";

/** Chapters of a video beside the player, with their editing. */
export function ChaptersPanel({ video }: { video: VideoDetail }) {
  const list = useQuery(chaptersQuery(video.id));
  if (list.isPending)
    return (
      <div className={styles.list} aria-busy>
        {["a", "b", "c", "d"].map((key) => (
          <Skeleton key={key} height="2.4rem" />
        ))}
      </div>
    );
  if (!list.data) return <ErrorState isSmall error={list.error} onRetry={() => void list.refetch()} />;
  return <Chapters video={video} list={list.data} />;
}

/** The chapter being edited: its start, or a new one. */
type Edited = { start: number } | { isNew: true; start: number };

function Chapters({ video, list }: { video: VideoDetail; list: ChapterList }) {
  const { chapters } = list;
  const player = usePlayer();
  const duration = video.duration_seconds ?? player.duration;
  const { save, reset } = useChapterMutations(video.id, duration);
  const [edited, setEdited] = useState<Edited | null>(null);
  const panel = useRef<HTMLDivElement>(null);
  const drafts = toDrafts(chapters, duration);

  function close() {
    setEdited(null);
    panel.current?.focus({ preventScroll: true }); // the focused form disappears
  }
  function saveValues(index: number | null, values: ChapterValues) {
    const isNew = index === null;
    const changed = isNew
      ? addChapter(drafts, values.start_time, values.title)
      : changeChapter(drafts, index, values);
    save.mutate(
      { drafts: changed, message: isNew ? t("chapters.chapterAdded") : t("chapters.chapterChanged") },
      { onSuccess: close },
    );
  }
  function remove(index: number) {
    save.mutate({ drafts: removeChapter(drafts, index), message: t("chapters.chapterDeleted") });
    panel.current?.focus({ preventScroll: true });
  }
  const form = (index: number | null, initial: ChapterValues) => (
    <ChapterForm
      initial={initial}
      isPending={save.isPending}
      validate={(seconds) => startProblem(chapters, seconds, duration, index)}
      onSave={(values) => saveValues(index, values)}
      onCancel={close}
    />
  );
  const add = () => setEdited({ isNew: true, start: Math.round(player.time * 1000) / 1000 });
  const isAdding = edited !== null && "isNew" in edited;
  return (
    <div ref={panel} tabIndex={-1} className={styles.panel}>
      <Toolbar list={list} isResetting={reset.isPending} onAdd={add} onReset={() => reset.mutate()} />
      {isAdding && form(null, { start_time: edited.start, title: "" })}
      {chapters.length === 0 && !isAdding && <NoChapters />}
      <ol data-scrolls className={styles.list} aria-label={t("common.chapters")}>
        {chapters.map((chapter, index) =>
          edited && !isAdding && edited.start === chapter.start_time ? (
            <li key={chapter.start_time}>{form(index, chapter)}</li>
          ) : (
            <ChapterRow
              key={chapter.start_time}
              chapter={chapter}
              onEdit={() => setEdited({ start: chapter.start_time })}
              onDelete={() => remove(index)}
            />
          ),
        )}
      </ol>
    </div>
  );
}

function NoChapters() {
  return (
    <EmptyState isSmall icon={<List />} title={t("chapters.noChapters")}>
      <p>{t("chapters.chaptersDivideLongVideosTranscribe")}</p>
    </EmptyState>
  );
}

interface ToolbarProps {
  list: ChapterList;
  isResetting: boolean;
  onAdd: () => void;
  onReset: () => void;
}

function Toolbar({ list, isResetting, onAdd, onReset }: ToolbarProps) {
  const { chapters } = list;
  const [isAsking, setAsking] = useState(false);
  const source = chapters[0]?.source;
  // An empty list may be the user's.
  const canReset = source === undefined || source === "user";
  return (
    <div className={styles.bar}>
      <h2 className={styles.count}>
        {t("common.chapterCount", { count: chapters.length })}
        {source && <span className={styles.source}>{t(SOURCES[source])}</span>}
      </h2>
      <Button size="s" icon={<Plus aria-hidden />} onPress={onAdd}>
        {t("common.add")}
      </Button>
      <Menu
        label={t("chapters.moreActionsForChapters")}
        trigger={<IconButton label={t("common.more")} size="s" icon={<Ellipsis />} />}
      >
        <MenuItem
          icon={<Copy />}
          isDisabled={chapters.length === 0}
          onAction={() => void copyText(toDescription(chapters), t("chapters.chaptersCopied"))}
        >
          {t("chapters.copyChapters")}
        </MenuItem>
        <MenuItem icon={<RotateCcw />} isDisabled={!canReset} onAction={() => setAsking(true)}>
          {t("chapters.reset")}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        title={t("chapters.resetChapters")}
        confirm={t("chapters.resetSubmit")}
        isOpen={isAsking}
        isPending={isResetting}
        onConfirm={() => {
          onReset();
          setAsking(false);
        }}
        onClose={() => setAsking(false)}
      >
        <p>{t("chapters.thisDiscardsYourChangesAnd")}</p>
      </ConfirmDialog>
    </div>
  );
}

const SOURCES = {
  user: "chapters.sourceUser",
  site: "chapters.sourceSite",
  file: "chapters.sourceFile",
  topics: "chapters.sourceTopics",
} as const;
