import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { vocabularyQuery } from "@/api/vocabulary";
import { AppearanceSection } from "@/features/settings/AppearanceSection";
import { AuditSection } from "@/features/settings/AuditSection";
import { ConfigurationSection } from "@/features/settings/ConfigurationSection";
import { HealthSection } from "@/features/settings/HealthSection";
import { KeysSection } from "@/features/settings/KeysSection";
import { MigrationsSection } from "@/features/settings/MigrationsSection";
import { QueueSection } from "@/features/settings/QueueSection";
import { Loaded, Section } from "@/features/settings/Section";
import { StorageSection } from "@/features/settings/StorageSection";
import { SubscriptionsSection } from "@/features/settings/SubscriptionsSection";
import { VerificationSection } from "@/features/settings/VerificationSection";
import { WatchFoldersSection } from "@/features/settings/WatchFoldersSection";
import { WebhooksSection } from "@/features/settings/WebhooksSection";
import { ShareList } from "@/features/sharing/ShareList";
import { VocabularyEditor } from "@/features/vocabulary/VocabularyEditor";
import { type TextKey, t } from "@/i18n";
import { useDocumentTitle } from "@/lib/use-document-title";
import styles from "./SettingsPage.module.css";

/** Anchors of the sections, in their order on the page. */
const SECTIONS: readonly { id: string; title: TextKey }[] = [
  { id: "appearance", title: "settings.appearance" },
  { id: "health", title: "settings.health" },
  { id: "storage", title: "settings.storage" },
  { id: "verification", title: "settings.verification" },
  { id: "queue", title: "settings.queue" },
  { id: "watch-folders", title: "settings.watchFolders" },
  { id: "subscriptions", title: "settings.subscriptions" },
  { id: "migrations", title: "settings.migrations" },
  { id: "vocabulary", title: "vocabulary.vocabulary" },
  { id: "shares", title: "sharing.links" },
  { id: "webhooks", title: "settings.webhooks" },
  { id: "keys", title: "settings.keys" },
  { id: "audit", title: "settings.audit" },
  { id: "configuration", title: "settings.configuration" },
];

/** State and settings of the installation. Each section loads and fails on its own. */
export function SettingsPage() {
  useDocumentTitle(t("settings.title"));
  useEffect(scrollToAnchor, []);
  return (
    <main className={styles.page}>
      <h1 className={styles.title}>{t("settings.title")}</h1>
      <nav aria-label={t("settings.sections")} className={styles.nav}>
        <ul>
          {SECTIONS.map(({ id, title }) => (
            <li key={id}>
              <a href={`#${id}`}>{t(title)}</a>
            </li>
          ))}
        </ul>
      </nav>
      <div className={styles.sections}>
        <AppearanceSection />
        <HealthSection />
        <StorageSection />
        <VerificationSection />
        <QueueSection />
        <WatchFoldersSection />
        <SubscriptionsSection />
        <MigrationsSection />
        <VocabularySection />
        <Section id="shares" title={t("sharing.links")} intro={t("settings.sharesHelp")}>
          <ShareList />
        </Section>
        <WebhooksSection />
        <KeysSection />
        <AuditSection />
        <ConfigurationSection />
      </div>
    </main>
  );
}

function VocabularySection() {
  const vocabulary = useQuery(vocabularyQuery());
  return (
    <Section
      id="vocabulary"
      title={t("vocabulary.vocabulary")}
      intro={t("vocabulary.namesAndTermsThatSpeech")}
    >
      <Loaded query={vocabulary}>{(terms) => <VocabularyEditor vocabulary={terms} />}</Loaded>
    </Section>
  );
}

/** The page is rendered after the browser has looked for the address's anchor. */
function scrollToAnchor(): void {
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}
