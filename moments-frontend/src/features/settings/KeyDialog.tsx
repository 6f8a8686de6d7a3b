import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { problemText, toApiError } from "@/api/errors";
import type { KeyCreated, KeyRead } from "@/api/schema";
import { createKey } from "@/api/settings";
import { t, translateLabels } from "@/i18n";
import { TextField } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { Select } from "@/ui/Select";
import { SCOPES } from "./key-scopes";
import styles from "./Settings.module.css";

type Scope = KeyRead["scope"];

/** Days until a key expires. */
const EXPIRIES = [
  { value: "30", label: "settings.days30" },
  { value: "90", label: "settings.days90" },
  { value: "365", label: "settings.days365" },
  { value: "never", label: "settings.never" },
] as const;

interface KeyDialogProps {
  onClose: () => void;
  onCreated: (key: KeyCreated) => void;
}

/** Name, scope and expiry of a new key. */
export function KeyDialog({ onClose, onCreated }: KeyDialogProps) {
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>("read");
  const [expiry, setExpiry] = useState("365");
  const create = useMutation({
    mutationFn: () =>
      createKey({ name: name.trim(), scope, expires_in_days: expiry === "never" ? null : Number(expiry) }),
    onSuccess: onCreated,
  });
  return (
    <FormDialog
      title={t("settings.createKey")}
      submit={t("settings.create")}
      className={styles.form}
      isDisabled={name.trim() === ""}
      isPending={create.isPending}
      onSubmit={() => create.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t("settings.keyName")}
        description={t("settings.keyNameHelp")}
        autoFocus
        maxLength={64}
        value={name}
        onChange={setName}
        error={create.isError ? problemText(toApiError(create.error).problem) : null}
      />
      <Select
        label={t("settings.scope")}
        options={(Object.keys(SCOPES) as Scope[]).map((value) => ({ value, label: t(SCOPES[value]) }))}
        value={scope}
        onChange={setScope}
      />
      <Select
        label={t("settings.expiresAfter")}
        options={translateLabels<{ value: string; label: (typeof EXPIRIES)[number]["label"] }>(EXPIRIES)}
        value={expiry}
        onChange={setExpiry}
      />
    </FormDialog>
  );
}
