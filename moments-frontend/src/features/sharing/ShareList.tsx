import { useMutation, useQuery } from "@tanstack/react-query";
import { Lock, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { revokeShare, type Share, sharesQuery } from "@/api/shares";
import { type TextKey, t } from "@/i18n";
import { formatPreciseTime } from "@/lib/format";
import { watchPath } from "@/lib/routes";
import { Badge, type Tone } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { ErrorState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import { toast, toastError } from "@/ui/Toasts";
import styles from "./Sharing.module.css";
import { validity } from "./validity";

const STATES: Record<Share["state"], { text: TextKey; tone: Tone }> = {
  active: { text: "sharing.stateActive", tone: "good" },
  expired: { text: "sharing.stateExpired", tone: "neutral" },
  revoked: { text: "sharing.stateRevoked", tone: "neutral" },
};

/** Links of a video, or of all videos with their titles; active ones can be revoked. */
export function ShareList({ videoId = null }: { videoId?: string | null }) {
  const shares = useQuery(sharesQuery(videoId));
  const [revoked, setRevoked] = useState<Share | null>(null);
  const revoke = useMutation({
    mutationFn: ({ id }: Share) => revokeShare(id),
    onSuccess: () => toast(t("sharing.linkRevoked")),
    onError: (error) => toastError(t("sharing.couldNotRevoke"), error),
    onSettled: () => setRevoked(null),
  });
  if (shares.isPending) return <Skeleton height="3rem" />;
  if (!shares.data) return <ErrorState isSmall error={shares.error} onRetry={() => void shares.refetch()} />;
  if (shares.data.length === 0) return <p className={styles.help}>{t("sharing.noLinks")}</p>;
  return (
    <>
      <ul className={styles.list} aria-label={t("sharing.links")}>
        {shares.data.map((share) => (
          <Row
            key={share.id}
            share={share}
            isVideoShown={videoId === null}
            onRevoke={() => setRevoked(share)}
          />
        ))}
      </ul>
      <ConfirmDialog
        title={t("sharing.revokeTitle")}
        confirm={t("sharing.revoke")}
        isOpen={revoked !== null}
        isPending={revoke.isPending}
        onConfirm={() => revoked && revoke.mutate(revoked)}
        onClose={() => setRevoked(null)}
      >
        <p>{t("sharing.revokeHelp")}</p>
      </ConfirmDialog>
    </>
  );
}

interface RowProps {
  share: Share;
  isVideoShown: boolean;
  onRevoke: () => void;
}

function Row({ share, isVideoShown, onRevoke }: RowProps) {
  const { title, state, video_id: videoId, has_password: hasPassword } = share;
  const { text, tone } = STATES[state];
  return (
    <li className={styles.row}>
      <div className={styles.text}>
        <p className={styles.title}>
          {isVideoShown ? <Link to={watchPath(videoId)}>{title}</Link> : title}{" "}
          <Badge tone={tone}>{t(text)}</Badge>
          {hasPassword && (
            <>
              {" "}
              <Badge icon={<Lock aria-hidden />}>{t("sharing.hasPassword")}</Badge>
            </>
          )}
        </p>
        <p className={styles.facts}>
          {passage(share)} · {validity(share)} · {t("sharing.views", { count: share.views })}
        </p>
      </div>
      {state === "active" && (
        <IconButton
          size="s"
          label={t("sharing.revokeLink", { title })}
          icon={<Trash2 />}
          onPress={onRevoke}
        />
      )}
    </li>
  );
}

/** Return what the link shows. */
function passage({ moment_id, start_time: start, end_time: end }: Share): string {
  if (moment_id) return t("sharing.kindMoment");
  if (start == null && end == null) return t("sharing.kindVideo");
  if (end == null) return t("sharing.kindFrom", { start: formatPreciseTime(start ?? 0) });
  return `${formatPreciseTime(start ?? 0)}–${formatPreciseTime(end)}`;
}
