import { KeyRound } from "lucide-react";
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { client, unwrap } from "@/api/client";
import { toApiError } from "@/api/errors";
import { onUnauthorised, queryClient } from "@/api/query-client";
import { t } from "@/i18n";
import { sentence } from "@/lib/format";
import { useDocumentTitle } from "@/lib/use-document-title";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import styles from "./SessionGate.module.css";

/** Asks for the API key once the server requires it. */
export function SessionGate({ children }: { children: ReactNode }) {
  const [isLocked, setLocked] = useState(false);
  useEffect(() => onUnauthorised(() => setLocked(true)), []);
  if (!isLocked) return children;
  return (
    <KeyForm
      onSuccess={() => {
        setLocked(false);
        void queryClient.resetQueries();
      }}
    />
  );
}

function KeyForm({ onSuccess }: { onSuccess: () => void }) {
  useDocumentTitle(t("session.signIn"));
  const [key, setKey] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isPending, setPending] = useState(false);

  async function signIn(event: FormEvent) {
    event.preventDefault();
    setPending(true);
    try {
      await unwrap(client.POST("/api/session", { headers: { authorization: `Bearer ${key.trim()}` } }));
      onSuccess();
    } catch (failure) {
      const { problem, status } = toApiError(failure);
      setError(status === 401 ? t("session.wrongKey") : sentence(problem.detail));
    } finally {
      setPending(false);
    }
  }

  return (
    <main className={styles.page}>
      <form className={styles.form} onSubmit={(event) => void signIn(event)}>
        <KeyRound aria-hidden className={styles.icon} />
        <h1>{t("session.required")}</h1>
        <p>{t("session.askAdministrator")}</p>
        <TextField
          label={t("session.key")}
          type="password"
          autoComplete="current-password"
          autoFocus
          isRequired
          value={key}
          onChange={(value) => {
            setKey(value);
            setError(null);
          }}
          error={error}
        />
        <Button type="submit" variant="primary" isPending={isPending}>
          {t("session.signIn")}
        </Button>
      </form>
    </main>
  );
}
