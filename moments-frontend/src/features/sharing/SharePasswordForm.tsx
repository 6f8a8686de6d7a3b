import { KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { problemText, toApiError } from "@/api/errors";
import { enterSharePassword } from "@/api/shared";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import styles from "./SharePasswordForm.module.css";

/** Asks for the password of a share link. */
export function SharePasswordForm({ token }: { token: string }) {
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string | null>(null);

  async function enter(event: FormEvent) {
    event.preventDefault();
    try {
      await enterSharePassword(token, password);
    } catch (failure) {
      setError(problemText(toApiError(failure).problem));
    }
  }

  return (
    <main className={styles.page}>
      <form className={styles.form} onSubmit={(event) => void enter(event)}>
        <KeyRound aria-hidden className={styles.icon} />
        <h1>{t("shared.needsPassword")}</h1>
        <p>{t("shared.passwordHint")}</p>
        <TextField
          label={t("shared.password")}
          type="password"
          autoComplete="off"
          autoFocus
          isRequired
          value={password}
          onChange={(value) => {
            setPassword(value);
            setError(null);
          }}
          error={error}
        />
        <Button type="submit" variant="primary">
          {t("shared.enter")}
        </Button>
      </form>
    </main>
  );
}
