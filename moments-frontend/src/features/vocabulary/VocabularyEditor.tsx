import { useMutation } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { problemText, toApiError } from "@/api/errors";
import type { Vocabulary } from "@/api/schema";
import { saveVocabulary } from "@/api/vocabulary";
import { t } from "@/i18n";
import { MAX_TERMS, parseTerms, termsError } from "@/lib/terms";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { toast } from "@/ui/Toasts";
import styles from "./Vocabulary.module.css";

/** The terms of the library; each change is saved at once. */
export function VocabularyEditor({ vocabulary }: { vocabulary: Vocabulary }) {
  const { terms, settings_terms: fixed } = vocabulary;
  const [text, setText] = useState("");
  const save = useMutation({ mutationFn: saveVocabulary });
  const added = parseTerms(text);
  const merged = parseTerms([...terms, ...added].join("\n"));
  const invalid = termsError(merged);

  function add(event: FormEvent) {
    event.preventDefault();
    if (added.length > 0 && !invalid) save.mutate(merged, { onSuccess: () => setText("") });
  }
  function remove(term: string) {
    const onPress = () => save.mutate(terms);
    const onSuccess = () =>
      toast(t("vocabulary.termRemoved", { term }), { action: { label: t("common.undo"), onPress } });
    save.mutate(
      terms.filter((other) => other !== term),
      { onSuccess },
    );
  }
  const problem = save.isError ? problemText(toApiError(save.error).problem) : null;
  return (
    <>
      <form onSubmit={add} className={styles.form}>
        <TextField
          label={t("vocabulary.addNamesAndTerms")}
          rows={3}
          value={text}
          onChange={setText}
          placeholder={t("vocabulary.example")}
          description={t("vocabulary.separateThemWithCommasOr")}
          error={(text.trim() && invalid) || problem}
        />
        <Button
          type="submit"
          variant="primary"
          icon={<Plus aria-hidden />}
          isDisabled={added.length === 0 || invalid !== null}
          isPending={save.isPending}
        >
          {t("common.add")}
        </Button>
      </form>
      <TermList terms={terms} isPending={save.isPending} onRemove={remove} />
      {fixed.length > 0 && <FixedTerms terms={fixed} />}
    </>
  );
}

interface TermListProps {
  terms: readonly string[];
  /** A change is being saved. */
  isPending: boolean;
  onRemove: (term: string) => void;
}

function TermList({ terms, isPending, onRemove }: TermListProps) {
  return (
    <section aria-labelledby="terms">
      <h2 id="terms" className={styles.heading}>
        {t("common.termCount", { count: terms.length })}{" "}
        <span className={styles.limit}>{t("vocabulary.ofAtMost", { maxterms: MAX_TERMS })}</span>
      </h2>
      {terms.length === 0 ? (
        <p className={styles.none}>{t("vocabulary.noTermsYet")}</p>
      ) : (
        <ul className={styles.terms} aria-label={t("vocabulary.terms")}>
          {terms.map((term) => (
            <li key={term} className={styles.term}>
              <span>{term}</span>
              <button
                type="button"
                className={styles.remove}
                aria-label={t("vocabulary.removeTerm", { term })}
                disabled={isPending}
                onClick={() => onRemove(term)}
              >
                <X aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Terms that only the settings change. */
function FixedTerms({ terms }: { terms: readonly string[] }) {
  return (
    <section aria-labelledby="fixed-terms">
      <h2 id="fixed-terms" className={styles.heading}>
        {t("vocabulary.fromSetting")}
      </h2>
      <ul className={styles.terms}>
        {terms.map((term) => (
          <li key={term} className={styles.term}>
            <span>{term}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
