import { Captions, Download, Ellipsis, Link2, Play, RotateCw, Trash2, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { problemText } from "@/api/errors";
import { cancelExport, deleteExports, type Export, isActive, retryExport } from "@/api/exports";
import { t } from "@/i18n";
import { watchPath } from "@/lib/routes";
import { IconButton, LinkButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { copyText } from "@/ui/copy-text";
import { cx } from "@/ui/cx";
import dock from "@/ui/Dock.module.css";
import { Menu, MenuItem } from "@/ui/Menu";
import { Progress } from "@/ui/Progress";
import { toastError } from "@/ui/Toasts";
import { describeExport } from "./list";

/** One export: its progress or result, and its actions. */
export function ExportRow({ item }: { item: Export }) {
  const { state, percent, error, title, filename } = item;
  return (
    <li className={dock.row} data-export={item.id}>
      <span className={dock.name} title={state === "completed" ? filename : title}>
        {title}
      </span>
      <Actions item={item} />
      <span className={cx(dock.state, "tabular", state === "failed" && dock.failed)}>
        {describeExport(item)}
      </span>
      {isActive(item) && (
        <Progress className={dock.bar ?? ""} label={title} percent={state === "queued" ? 0 : percent} />
      )}
      {state === "failed" && error && (
        <span className={dock.cause}>
          {problemText({ detail: error.detail, remedy: error.remedy ?? null })}
        </span>
      )}
    </li>
  );
}

function Actions({ item }: { item: Export }) {
  const { id, state, title } = item;
  if (isActive(item)) {
    return (
      <Pressed
        label={t("exports.cancelTitle", { title })}
        icon={<X />}
        failed={t("exports.couldNotCancel")}
        act={() => cancelExport(id)}
      />
    );
  }
  return (
    <span className={dock.buttons}>
      {state !== "completed" && (
        <Pressed
          label={t("exports.retryTitle", { title })}
          icon={<RotateCw />}
          failed={t("exports.couldNotRetry")}
          act={() => retryExport(id)}
        />
      )}
      {item.url && (
        <LinkButton
          size="s"
          icon={<Download aria-hidden />}
          aria-label={t("exports.downloadTitle", { title })}
          href={item.url}
          download={item.filename}
        >
          {t("common.download")}
        </LinkButton>
      )}
      <MoreMenu item={item} />
    </span>
  );
}

interface PressedProps {
  label: string;
  icon: ReactNode;
  /** Title of the toast if the action fails. */
  failed: string;
  act: () => Promise<void>;
}

/** A button of an action that the server has to accept. */
function Pressed({ label, icon, failed, act }: PressedProps) {
  const [isPending, setPending] = useState(false);
  async function press() {
    setPending(true);
    await act().catch((error: unknown) => toastError(failed, error));
    setPending(false);
  }
  return <IconButton size="s" label={label} icon={icon} isPending={isPending} onPress={() => void press()} />;
}

function MoreMenu({ item }: { item: Export }) {
  const [isDeleting, setDeleting] = useState(false);
  const { video_id: videoId, start_time: start, end_time: end, title, url, captions_url: captions } = item;
  const remove = () =>
    deleteExports([item.id]).catch((error: unknown) =>
      toastError(t("exports.couldNotDeleteTheExport"), error),
    );
  return (
    <>
      <Menu
        label={t("exports.moreActionsForTitle", { title })}
        trigger={
          <IconButton size="s" label={t("exports.moreActionsForTitle", { title })} icon={<Ellipsis />} />
        }
      >
        <MenuItem icon={<Play />} onAction={() => navigate(`${watchPath(videoId)}#t=${start},${end}`)}>
          {t("exports.showInVideo")}
        </MenuItem>
        {captions && (
          <MenuItem icon={<Captions />} href={captions} download>
            {t("exports.downloadCaptions")}
          </MenuItem>
        )}
        {url && (
          <MenuItem
            icon={<Link2 />}
            description={t("common.copyLinkHelp")}
            onAction={() => void copyText(new URL(url, location.href).href, t("common.linkCopied"))}
          >
            {t("exports.copyLink")}
          </MenuItem>
        )}
        <MenuItem icon={<Trash2 />} isDanger onAction={() => setDeleting(true)}>
          {t("common.delete")}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        title={t("exports.deleteExport")}
        confirm={t("common.delete")}
        isOpen={isDeleting}
        onConfirm={() => {
          setDeleting(false);
          void remove();
        }}
        onClose={() => setDeleting(false)}
      >
        <p>{t("exports.deleteConsequence", { title })}</p>
      </ConfirmDialog>
    </>
  );
}
