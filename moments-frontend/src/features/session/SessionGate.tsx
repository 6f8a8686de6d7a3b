import { KeyRound } from "lucide-react";
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { client, unwrap } from "@/api/client";
import { toApiError } from "@/api/errors";
import { onUnauthorised, queryClient } from "@/api/query-client";
import { sentence } from "@/lib/format";
import { useDocumentTitle } from "@/lib/use-document-title";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import styles from "./SessionGate.module.css";

/** The app; or where the server wants a key that this browser has not shown, the question for it. */
export function SessionGate({ children }: { children: ReactNode }) {
  const [isLocked, setLocked] = useState(false);
  useEffect(() => onUnauthorised(() => setLocked(true)), []);
  if (!isLocked) return children;
  return (
    <KeyForm
      onOpened={() => {
        setLocked(false);
        void queryClient.resetQueries();
      }}
    />
  );
}

function KeyForm({ onOpened }: { onOpened: () => void }) {
  useDocumentTitle("Sign in");
  const [key, setKey] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [isPending, setPending] = useState(false);

  async function open(event: FormEvent) {
    event.preventDefault();
    setPending(true);
    try {
      await unwrap(client.POST("/api/session", { headers: { authorization: `Bearer ${key.trim()}` } }));
      onOpened();
    } catch (refused) {
      const { problem, status } = toApiError(refused);
      setError(status === 401 ? "That is not the key." : sentence(problem.detail));
    } finally {
      setPending(false);
    }
  }

  return (
    <main className={styles.page}>
      <form className={styles.form} onSubmit={(event) => void open(event)}>
        <KeyRound aria-hidden className={styles.icon} />
        <h1>This library has a key</h1>
        <p>Whoever runs the server has set one: it is the value of API_KEY in its settings.</p>
        <TextField
          label="API key"
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
          Open the library
        </Button>
      </form>
    </main>
  );
}
