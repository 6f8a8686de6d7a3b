import { useMutation } from "@tanstack/react-query";
import { Ellipsis, Pause, Pencil, Play, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { changeSubscription, checkSubscription, deleteSubscription } from "@/api/intake";
import type { SubscriptionRecord } from "@/api/schema";
import { t } from "@/i18n";
import { formatAgo, formatDuration, sentence } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { Badge } from "@/ui/Badge";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Menu, MenuItem } from "@/ui/Menu";
import { toast, toastError } from "@/ui/Toasts";
import styles from "./Settings.module.css";
import { SubscriptionDialog } from "./SubscriptionDialog";
import { SubscriptionItems } from "./SubscriptionItems";

/** A subscription with its limits, its last result and its actions. */
export function SubscriptionRow({ subscription }: { subscription: SubscriptionRecord }) {
  const now = useNow(true);
  const [isOpen, setOpen] = useState(false);
  const { id, url, title, is_paused: isPaused, error, failed } = subscription;
  return (
    <li className={styles.row}>
      <div className={styles.text}>
        <p className={styles.name}>
          {title ?? url} {isPaused && <Badge>{t("settings.paused")}</Badge>}
        </p>
        {title && <p className={styles.facts}>{url}</p>}
        <p className={styles.facts}>{describe(subscription, now)}</p>
        {error && (
          <p className={styles.error}>
            {sentence(error.detail)} {error.remedy && sentence(error.remedy)}
          </p>
        )}
      </div>
      <Actions subscription={subscription} />
      {failed > 0 && (
        <details className={styles.more} open>
          <summary>{t("settings.failedVideos", { count: failed })}</summary>
          <SubscriptionItems id={id} state="failed" />
        </details>
      )}
      <div className={styles.more}>
        <Button size="s" variant="ghost" aria-expanded={isOpen} onPress={() => setOpen(!isOpen)}>
          {isOpen ? t("settings.hideItems") : t("settings.showItems")}
        </Button>
        {isOpen && <SubscriptionItems id={id} />}
      </div>
    </li>
  );
}

/** Return limits, options, counts and the time of the last check in one line. */
function describe(subscription: SubscriptionRecord, now: number): string {
  const { interval_minutes, max_items, max_age_days, max_duration_seconds, last_checked_at } = subscription;
  const { added, queued, failed, tags, moments } = subscription;
  return [
    t("settings.checkedEvery", { interval: formatDuration(interval_minutes * 60) }),
    t("settings.limitItems", { count: max_items }),
    max_age_days !== null && t("settings.limitAge", { count: max_age_days }),
    max_duration_seconds !== null &&
      t("settings.limitLength", { length: formatDuration(max_duration_seconds) }),
    tags.length > 0 && t("settings.taggedAs", { tags: tags.join(", ") }),
    !moments && t("settings.withoutMoments"),
    t("settings.itemCounts", { added, queued, failed }),
    last_checked_at
      ? t("settings.checkedAgo", { ago: formatAgo(last_checked_at, now) })
      : t("settings.neverChecked"),
  ]
    .filter(Boolean)
    .join(" · ");
}

function Actions({ subscription }: { subscription: SubscriptionRecord }) {
  const { id, url, title, is_paused: isPaused } = subscription;
  const [open, setOpen] = useState<"edit" | "delete" | null>(null);
  const check = useMutation({
    mutationFn: () => checkSubscription(id, false),
    onSuccess: ({ items }) =>
      toast(t("settings.checked", { count: items.filter(({ action }) => action === "add").length })),
    onError: (error) => toastError(t("settings.couldNotCheck"), error),
  });
  const pause = useMutation({
    mutationFn: () => changeSubscription(id, { is_paused: !isPaused }),
    onError: (error) => toastError(t("settings.couldNotSave"), error),
  });
  const remove = useMutation({
    mutationFn: () => deleteSubscription(id),
    onError: (error) => toastError(t("settings.couldNotDelete"), error),
    onSettled: () => setOpen(null),
  });
  const label = t("settings.actionsFor", { name: title ?? url });
  return (
    <div className={styles.buttons}>
      <Button
        size="s"
        icon={<RotateCw aria-hidden />}
        isPending={check.isPending}
        onPress={() => check.mutate()}
      >
        {t("settings.checkNow")}
      </Button>
      <Menu label={label} trigger={<IconButton size="s" label={label} icon={<Ellipsis />} />}>
        <MenuItem icon={<Pencil />} onAction={() => setOpen("edit")}>
          {t("settings.edit")}
        </MenuItem>
        <MenuItem icon={isPaused ? <Play /> : <Pause />} onAction={() => pause.mutate()}>
          {isPaused ? t("settings.resume") : t("settings.pause")}
        </MenuItem>
        <MenuItem icon={<Trash2 />} isDanger onAction={() => setOpen("delete")}>
          {t("common.delete")}
        </MenuItem>
      </Menu>
      {open === "edit" && <SubscriptionDialog subscription={subscription} onClose={() => setOpen(null)} />}
      <ConfirmDialog
        title={t("settings.deleteSubscriptionTitle")}
        confirm={t("common.delete")}
        isOpen={open === "delete"}
        isPending={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setOpen(null)}
      >
        <p>{t("settings.deleteSubscriptionHelp", { name: title ?? url })}</p>
      </ConfirmDialog>
    </div>
  );
}
