import { useQuery } from "@tanstack/react-query";
import { vocabularyQuery } from "@/api/vocabulary";
import { VocabularyEditor } from "@/features/vocabulary/VocabularyEditor";
import { t } from "@/i18n";
import { useDocumentTitle } from "@/lib/use-document-title";
import { ErrorState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import styles from "./VocabularyPage.module.css";

export function VocabularyPage() {
  useDocumentTitle(t("vocabulary.vocabulary"));
  const vocabulary = useQuery(vocabularyQuery());
  return (
    <main className={styles.page}>
      <header>
        <h1>{t("vocabulary.vocabulary")}</h1>
        <p className={styles.intro}>{t("vocabulary.namesAndTermsThatSpeech")}</p>
      </header>
      {vocabulary.data ? (
        <VocabularyEditor vocabulary={vocabulary.data} />
      ) : vocabulary.isError ? (
        <ErrorState error={vocabulary.error} onRetry={() => void vocabulary.refetch()} />
      ) : (
        <Skeleton height="8rem" />
      )}
    </main>
  );
}
