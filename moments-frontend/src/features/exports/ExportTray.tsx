import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, FileArchive, X } from "lucide-react";
import { useRef, useState } from "react";
import { Link } from "wouter";
import { deleteExports, type Export, exportsZipUrl, isActive } from "@/api/exports";
import { videoQuery } from "@/api/videos";
import { t } from "@/i18n";
import { watchPath } from "@/lib/routes";
import { Button, IconButton, LinkButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { cx } from "@/ui/cx";
import dock from "@/ui/Dock.module.css";
import { Progress } from "@/ui/Progress";
import { toastError } from "@/ui/Toasts";
import { useAutoCollapse } from "@/ui/use-auto-collapse";
import { ExportRow } from "./ExportRow";
import styles from "./ExportTray.module.css";
import { groupExports, totalPercent, trayTitle, type VideoGroup } from "./list";
import { closeTray, setTray, useTray } from "./tray-store";

/** Lists exports on every page: active ones first, then the finished ones of each video. */
export function ExportTray({ exports }: { exports: readonly Export[] }) {
  const isExpanded = useTray() === "open";
  const { active, finished } = groupExports(exports);
  const percent = totalPercent(exports);
  const panel = useRef<HTMLElement>(null);
  const collapse = () => setTray("collapsed");
  useAutoCollapse(panel, { isOpen: isExpanded, isIdle: active.length === 0, collapse });
  return (
    <section
      ref={panel}
      aria-label={t("exports.exports")}
      className={cx(dock.panel, !isExpanded && dock.collapsed)}
    >
      <header className={dock.header}>
        <div role="status" className={dock.title}>
          <h2>{trayTitle(exports)}</h2>
        </div>
        {active.length === 0 && isExpanded && <ClearButton exports={exports} />}
        <IconButton
          size="s"
          label={isExpanded ? t("exports.collapseExports") : t("exports.expandExports")}
          icon={isExpanded ? <ChevronDown /> : <ChevronUp />}
          aria-expanded={isExpanded}
          onPress={() => setTray(isExpanded ? "collapsed" : "open")}
        />
        <IconButton size="s" label={t("exports.closeExports")} icon={<X />} onPress={closeTray} />
      </header>
      {!isExpanded && percent !== null && <Progress label={t("exports.allExports")} percent={percent} />}
      {isExpanded && (
        <div className={dock.list}>
          {active.length > 0 && (
            <ul aria-label={t("exports.activeExports")}>
              {active.map((item) => (
                <ExportRow key={item.id} item={item} />
              ))}
            </ul>
          )}
          {finished.map((group) => (
            <Group key={group.videoId} group={group} />
          ))}
        </div>
      )}
    </section>
  );
}

/** The finished exports of one video. */
function Group({ group: { videoId, exports, completed } }: { group: VideoGroup }) {
  const title = useQuery(videoQuery(videoId)).data?.title ?? videoId;
  return (
    <section aria-label={title}>
      <header className={styles.group}>
        <h3>
          <Link to={watchPath(videoId)}>{title}</Link>
        </h3>
        {completed > 1 && (
          <LinkButton
            size="s"
            variant="ghost"
            icon={<FileArchive aria-hidden />}
            aria-label={t("exports.downloadAllCompletedFilesOf", { completed, title })}
            href={exportsZipUrl(videoId)}
            download
          >
            {t("exports.downloadAll")}
          </LinkButton>
        )}
      </header>
      <ul aria-label={t("exports.exportsOfTitle", { title })}>
        {exports.map((item) => (
          <ExportRow key={item.id} item={item} />
        ))}
      </ul>
    </section>
  );
}

function ClearButton({ exports }: { exports: readonly Export[] }) {
  const [isOpen, setOpen] = useState(false);
  const finished = exports.filter((one) => !isActive(one));
  const clear = () =>
    deleteExports(finished.map(({ id }) => id)).catch((error: unknown) =>
      toastError(t("exports.couldNotDeleteAllExports"), error),
    );
  return (
    <>
      <Button size="s" variant="ghost" onPress={() => setOpen(true)}>
        {t("exports.clear")}
      </Button>
      <ConfirmDialog
        title={t("exports.deleteCount", { count: finished.length })}
        confirm={t("common.delete")}
        isOpen={isOpen}
        onConfirm={() => {
          setOpen(false);
          void clear();
        }}
        onClose={() => setOpen(false)}
      >
        <p>{t("exports.deleteAllConsequence")}</p>
      </ConfirmDialog>
    </>
  );
}
