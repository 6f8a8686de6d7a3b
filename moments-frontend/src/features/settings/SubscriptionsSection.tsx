import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { subscriptionsQuery } from "@/api/intake";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { Loaded, Section } from "./Section";
import styles from "./Settings.module.css";
import { SubscriptionDialog } from "./SubscriptionDialog";
import { SubscriptionRow } from "./SubscriptionRow";

/** Channels, playlists and feeds whose new videos are added. */
export function SubscriptionsSection() {
  const subscriptions = useQuery(subscriptionsQuery());
  const [isAdding, setAdding] = useState(false);
  return (
    <Section
      id="subscriptions"
      title={t("settings.subscriptions")}
      intro={t("settings.subscriptionsHelp")}
      actions={
        <Button size="s" icon={<Plus aria-hidden />} onPress={() => setAdding(true)}>
          {t("settings.addSubscription")}
        </Button>
      }
    >
      <Loaded query={subscriptions}>
        {(all) =>
          all.length === 0 ? (
            <p className={styles.facts}>{t("settings.noSubscriptions")}</p>
          ) : (
            <ul className={styles.rows} aria-label={t("settings.subscriptions")}>
              {all.map((subscription) => (
                <SubscriptionRow key={subscription.id} subscription={subscription} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {isAdding && <SubscriptionDialog subscription={null} onClose={() => setAdding(false)} />}
    </Section>
  );
}
