import { useMutation, useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { KeyCreated, KeyRead } from "@/api/schema";
import { keysQuery, revokeKey } from "@/api/settings";
import { t } from "@/i18n";
import { formatAgo, formatExactDate } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { Badge } from "@/ui/Badge";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { toast, toastError } from "@/ui/Toasts";
import { KeyDialog } from "./KeyDialog";
import { SCOPES } from "./key-scopes";
import { SecretDialog } from "./SecretDialog";
import { Loaded, Section } from "./Section";
import styles from "./Settings.module.css";

/** Named API keys: creating, listing, revoking. */
export function KeysSection() {
  const keys = useQuery(keysQuery());
  const [isCreating, setCreating] = useState(false);
  const [created, setCreated] = useState<KeyCreated | null>(null);
  return (
    <Section
      id="keys"
      title={t("settings.keys")}
      intro={t("settings.keysHelp")}
      actions={
        <Button size="s" icon={<Plus aria-hidden />} onPress={() => setCreating(true)}>
          {t("settings.createKey")}
        </Button>
      }
    >
      <Loaded query={keys}>{(all) => <KeyList keys={all} />}</Loaded>
      {isCreating && (
        <KeyDialog
          onClose={() => setCreating(false)}
          onCreated={(key) => {
            setCreating(false);
            setCreated(key);
          }}
        />
      )}
      {created && (
        <SecretDialog
          title={t("settings.keyCreated", { name: created.name })}
          label={t("settings.key")}
          help={t("settings.keyShownOnce")}
          secret={created.key}
          onClose={() => setCreated(null)}
        />
      )}
    </Section>
  );
}

function KeyList({ keys }: { keys: readonly KeyRead[] }) {
  const [revoked, setRevoked] = useState<string | null>(null);
  const revoke = useMutation({
    mutationFn: revokeKey,
    onSuccess: (_nothing, name) => toast(t("settings.keyRevoked", { name })),
    onError: (error) => toastError(t("settings.couldNotRevokeKey"), error),
    onSettled: () => setRevoked(null),
  });
  if (keys.length === 0) return <p className={styles.facts}>{t("settings.noKeys")}</p>;
  return (
    <>
      <ul className={styles.rows} aria-label={t("settings.keys")}>
        {keys.map((key) => (
          <KeyRow key={key.name} value={key} onRevoke={() => setRevoked(key.name)} />
        ))}
      </ul>
      <ConfirmDialog
        title={t("settings.revokeKeyTitle", { name: revoked ?? "" })}
        confirm={t("settings.revoke")}
        isOpen={revoked !== null}
        isPending={revoke.isPending}
        onConfirm={() => revoked !== null && revoke.mutate(revoked)}
        onClose={() => setRevoked(null)}
      >
        <p>{t("settings.revokeKeyHelp")}</p>
      </ConfirmDialog>
    </>
  );
}

function KeyRow({ value: key, onRevoke }: { value: KeyRead; onRevoke: () => void }) {
  const now = useNow(true);
  const isExpired = key.expires_at !== null && Date.parse(key.expires_at) <= now;
  return (
    <li className={styles.row}>
      <div className={styles.text}>
        <p className={styles.name}>
          {key.name} <Badge>{t(SCOPES[key.scope])}</Badge>{" "}
          {key.revoked_at ? (
            <Badge>{t("settings.revoked")}</Badge>
          ) : (
            isExpired && <Badge>{t("settings.expired")}</Badge>
          )}
        </p>
        <p className={styles.facts}>{keyFacts(key, now)}</p>
      </div>
      {!key.revoked_at && (
        <IconButton
          size="s"
          label={t("settings.revokeKey", { name: key.name })}
          icon={<Trash2 />}
          onPress={onRevoke}
        />
      )}
    </li>
  );
}

function keyFacts({ created_at, last_used_at, expires_at, revoked_at }: KeyRead, now: number): string {
  const used = last_used_at
    ? t("settings.usedAgo", { ago: formatAgo(last_used_at, now) })
    : t("settings.neverUsed");
  const ends = revoked_at
    ? t("settings.revokedOn", { date: formatExactDate(revoked_at) })
    : expires_at
      ? t("settings.expiresOn", { date: formatExactDate(expires_at) })
      : t("settings.noExpiry");
  return [t("settings.createdOn", { date: formatExactDate(created_at) }), used, ends].join(" · ");
}
