import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import type { WebhookCreated } from "@/api/schema";
import { webhooksQuery } from "@/api/webhooks";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { SecretDialog } from "./SecretDialog";
import { Loaded, Section } from "./Section";
import styles from "./Settings.module.css";
import { WebhookDialog } from "./WebhookDialog";
import { WebhookRow } from "./WebhookRow";

/** Addresses that receive events of the library. */
export function WebhooksSection() {
  const webhooks = useQuery(webhooksQuery());
  const [isCreating, setCreating] = useState(false);
  const [created, setCreated] = useState<WebhookCreated | null>(null);
  return (
    <Section
      id="webhooks"
      title={t("settings.webhooks")}
      intro={t("settings.webhooksHelp")}
      actions={
        <Button size="s" icon={<Plus aria-hidden />} onPress={() => setCreating(true)}>
          {t("settings.addWebhook")}
        </Button>
      }
    >
      <Loaded query={webhooks}>
        {(all) =>
          all.length === 0 ? (
            <p className={styles.facts}>{t("settings.noWebhooks")}</p>
          ) : (
            <ul className={styles.rows} aria-label={t("settings.webhooks")}>
              {all.map((webhook) => (
                <WebhookRow key={webhook.id} webhook={webhook} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {isCreating && (
        <WebhookDialog
          onClose={() => setCreating(false)}
          onCreated={(webhook) => {
            setCreating(false);
            setCreated(webhook);
          }}
        />
      )}
      {created && (
        <SecretDialog
          title={t("settings.webhookCreated")}
          label={t("settings.secret")}
          help={t("settings.webhookSecretHelp")}
          secret={created.secret}
          onClose={() => setCreated(null)}
        />
      )}
    </Section>
  );
}
