import type { Share } from "@/api/shares";
import { t } from "@/i18n";
import { formatExactDate } from "@/lib/format";

/** Return until when a link works, as a sentence. */
export function validity({ state, expires_at, revoked_at }: Share): string {
  if (revoked_at) return t("sharing.revokedAt", { date: formatExactDate(revoked_at) });
  if (!expires_at) return t("sharing.neverExpires");
  const date = formatExactDate(expires_at);
  return state === "expired" ? t("sharing.expiredAt", { date }) : t("sharing.expiresAt", { date });
}
