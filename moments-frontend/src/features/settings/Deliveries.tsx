import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import type { DeliveryRecord } from "@/api/schema";
import { deliveriesQuery, retryDelivery } from "@/api/webhooks";
import { type TextKey, t } from "@/i18n";
import { formatExactDate, sentence } from "@/lib/format";
import { Badge, type Tone } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { toast, toastError } from "@/ui/Toasts";
import { Loaded, MoreButton } from "./Section";
import styles from "./Settings.module.css";

const STATES: Record<DeliveryRecord["state"], { text: TextKey; tone: Tone }> = {
  pending: { text: "settings.deliveryPending", tone: "neutral" },
  delivered: { text: "settings.deliveryDone", tone: "good" },
  failed: { text: "settings.deliveryFailed", tone: "bad" },
};

export function DeliveryState({ delivery: { state } }: { delivery: DeliveryRecord }) {
  const { text, tone } = STATES[state];
  return <Badge tone={tone}>{t(text)}</Badge>;
}

/** The delivery log of a webhook; failed deliveries can be sent again. */
export function Deliveries({ webhookId }: { webhookId: string }) {
  const list = useInfiniteQuery(deliveriesQuery(webhookId));
  return (
    <>
      <Loaded query={list}>
        {({ pages }) => {
          const deliveries = pages.flatMap((page) => page.deliveries);
          if (deliveries.length === 0) return <p className={styles.facts}>{t("settings.noDeliveries")}</p>;
          return (
            <ul className={styles.rows} aria-label={t("settings.deliveries")}>
              {deliveries.map((delivery) => (
                <Delivery key={delivery.id} delivery={delivery} />
              ))}
            </ul>
          );
        }}
      </Loaded>
      <MoreButton query={list} />
    </>
  );
}

function Delivery({ delivery }: { delivery: DeliveryRecord }) {
  const { id, event, state, attempts, status_code: status, error, created_at: created } = delivery;
  const retry = useMutation({
    mutationFn: () => retryDelivery(id),
    onSuccess: () => toast(t("settings.deliveryQueued")),
    onError: (failure) => toastError(t("settings.couldNotRetry"), failure),
  });
  const facts = [
    formatExactDate(created),
    attempts > 0 && t("settings.attempts", { count: attempts }),
    status !== null && t("settings.status", { status: String(status) }),
  ];
  return (
    <li className={styles.row}>
      <div className={styles.text}>
        <p>
          <code>{event}</code> <DeliveryState delivery={delivery} />
        </p>
        <p className={styles.facts}>{facts.filter(Boolean).join(" · ")}</p>
        {error && <p className={styles.error}>{sentence(error)}</p>}
      </div>
      {state === "failed" && (
        <IconButton
          size="s"
          label={t("settings.retryDelivery", { event })}
          icon={<RotateCw />}
          isPending={retry.isPending}
          onPress={() => retry.mutate()}
        />
      )}
    </li>
  );
}
