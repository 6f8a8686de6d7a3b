import { useMutation } from "@tanstack/react-query";
import { Ellipsis, Pause, Play, Send, Trash2 } from "lucide-react";
import { useState } from "react";
import type { DeliveryRecord, WebhookRecord } from "@/api/schema";
import { changeWebhook, deleteWebhook, testWebhook, WEBHOOK_EVENTS } from "@/api/webhooks";
import { t } from "@/i18n";
import { sentence } from "@/lib/format";
import { Badge } from "@/ui/Badge";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Menu, MenuItem } from "@/ui/Menu";
import { toast, toastError } from "@/ui/Toasts";
import { Deliveries, DeliveryState } from "./Deliveries";
import styles from "./Settings.module.css";

/** A webhook with its actions and its delivery log. */
export function WebhookRow({ webhook }: { webhook: WebhookRecord }) {
  const { id, url, events, is_active: isActive, last_delivery: last } = webhook;
  const [isOpen, setOpen] = useState(false);
  return (
    <li className={styles.row}>
      <div className={styles.text}>
        <p className={styles.name}>
          {url} {!isActive && <Badge>{t("settings.paused")}</Badge>}
        </p>
        <p className={styles.facts}>
          {events.length === WEBHOOK_EVENTS.length ? t("settings.allEvents") : events.join(", ")}
        </p>
        {last && (
          <p className={styles.facts}>
            {t("settings.lastDelivery")} <code>{last.event}</code> <DeliveryState delivery={last} />
          </p>
        )}
      </div>
      <Actions webhook={webhook} />
      <div className={styles.more}>
        <Button size="s" variant="ghost" aria-expanded={isOpen} onPress={() => setOpen(!isOpen)}>
          {isOpen ? t("settings.hideDeliveries") : t("settings.showDeliveries")}
        </Button>
        {isOpen && <Deliveries webhookId={id} />}
      </div>
    </li>
  );
}

function Actions({ webhook: { id, url, is_active: isActive } }: { webhook: WebhookRecord }) {
  const [isAsking, setAsking] = useState(false);
  const test = useMutation({
    mutationFn: () => testWebhook(id),
    onSuccess: announceTest,
    onError: (error) => toastError(t("settings.couldNotTest"), error),
  });
  const change = useMutation({
    mutationFn: () => changeWebhook(id, { is_active: !isActive }),
    onError: (error) => toastError(t("settings.couldNotSave"), error),
  });
  const remove = useMutation({
    mutationFn: () => deleteWebhook(id),
    onError: (error) => toastError(t("settings.couldNotDelete"), error),
    onSettled: () => setAsking(false),
  });
  return (
    <div className={styles.buttons}>
      <Button size="s" icon={<Send aria-hidden />} isPending={test.isPending} onPress={() => test.mutate()}>
        {t("settings.test")}
      </Button>
      <Menu
        label={t("settings.actionsFor", { name: url })}
        trigger={<IconButton size="s" label={t("settings.actionsFor", { name: url })} icon={<Ellipsis />} />}
      >
        <MenuItem icon={isActive ? <Pause /> : <Play />} onAction={() => change.mutate()}>
          {isActive ? t("settings.pause") : t("settings.resume")}
        </MenuItem>
        <MenuItem icon={<Trash2 />} isDanger onAction={() => setAsking(true)}>
          {t("common.delete")}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        title={t("settings.deleteWebhookTitle")}
        confirm={t("common.delete")}
        isOpen={isAsking}
        isPending={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={() => setAsking(false)}
      >
        <p>{t("settings.deleteWebhookHelp", { url })}</p>
      </ConfirmDialog>
    </div>
  );
}

function announceTest({ state, status_code: status, error }: DeliveryRecord): void {
  if (state === "delivered") toast(t("settings.testDelivered", { status: String(status ?? "") }));
  else toast(t("settings.testFailed"), { tone: "bad", detail: sentence(error ?? "") });
}
