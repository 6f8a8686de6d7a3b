import { useQuery } from "@tanstack/react-query";
import { vocabularyQuery } from "@/api/vocabulary";
import { VocabularyEditor } from "@/features/vocabulary/VocabularyEditor";
import { useDocumentTitle } from "@/lib/use-document-title";
import { ErrorState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import styles from "./VocabularyPage.module.css";

export function VocabularyPage() {
  useDocumentTitle("Vocabulary");
  const vocabulary = useQuery(vocabularyQuery());
  return (
    <main className={styles.page}>
      <header>
        <h1>Vocabulary</h1>
        <p className={styles.intro}>
          Names and terms that speech recognition should expect in all videos. Changes apply to new
          transcriptions only; to use them in an existing one, transcribe the video again.
        </p>
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
