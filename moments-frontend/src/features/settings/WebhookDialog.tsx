import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { problemText, toApiError } from "@/api/errors";
import type { WebhookCreated } from "@/api/schema";
import { createWebhook, WEBHOOK_EVENTS, type WebhookEvent } from "@/api/webhooks";
import { t } from "@/i18n";
import { TextField } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Switch } from "@/ui/Switch";
import styles from "./Settings.module.css";

interface WebhookDialogProps {
  onClose: () => void;
  onCreated: (webhook: WebhookCreated) => void;
}

/** Target and events of a new webhook. */
export function WebhookDialog({ onClose, onCreated }: WebhookDialogProps) {
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState<readonly WebhookEvent[] | null>(null);
  const create = useMutation({
    mutationFn: () => createWebhook(url.trim(), events && [...events]),
    onSuccess: onCreated,
  });
  return (
    <FormDialog
      title={t("settings.addWebhook")}
      submit={t("common.add")}
      className={styles.form}
      isDisabled={url.trim() === "" || events?.length === 0}
      isPending={create.isPending}
      onSubmit={() => create.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t("settings.webhookUrl")}
        placeholder="https://example.org/hook"
        type="url"
        autoFocus
        maxLength={2000}
        value={url}
        onChange={setUrl}
        error={create.isError ? problemText(toApiError(create.error).problem) : null}
      />
      <Switch isSelected={events === null} onChange={(isAll) => setEvents(isAll ? null : [])}>
        {t("settings.allEvents")}
      </Switch>
      {events !== null && <EventChoices events={events} onChange={setEvents} />}
    </FormDialog>
  );
}

interface EventChoicesProps {
  events: readonly WebhookEvent[];
  onChange: (events: readonly WebhookEvent[]) => void;
}

function EventChoices({ events, onChange }: EventChoicesProps) {
  return (
    <fieldset className={styles.choices}>
      <legend className="visually-hidden">{t("settings.events")}</legend>
      {WEBHOOK_EVENTS.map((event) => (
        <Switch
          key={event}
          isSelected={events.includes(event)}
          onChange={(isOn) => onChange(isOn ? [...events, event] : events.filter((other) => other !== event))}
        >
          <code>{event}</code>
        </Switch>
      ))}
    </fieldset>
  );
}
