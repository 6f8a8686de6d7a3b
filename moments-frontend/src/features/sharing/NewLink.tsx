import { Copy, Plus } from "lucide-react";
import { useEffect, useRef } from "react";
import type { ShareCreated } from "@/api/schema";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { copyText } from "@/ui/copy-text";
import { TextField } from "@/ui/Field";
import { isLoopback } from "./loopback";
import styles from "./Sharing.module.css";
import { validity } from "./validity";

interface NewLinkProps {
  share: ShareCreated;
  onMore: () => void;
}

/** The address of a new link, which is not shown again. */
export function NewLink({ share, onMore }: NewLinkProps) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  return (
    <div className={styles.form}>
      <TextField
        ref={field}
        label={t("sharing.newLink")}
        description={`${validity(share)} ${t("sharing.shownOnce")}`}
        isReadOnly
        value={share.url}
      />
      {isLoopback(share.url) && (
        <p role="status" className={styles.error}>
          {t("sharing.onlyThisMachine")}
        </p>
      )}
      <div className={styles.buttons}>
        <Button
          variant="primary"
          icon={<Copy aria-hidden />}
          onPress={() => void copyText(share.url, t("common.linkCopied"))}
        >
          {t("sharing.copyLink")}
        </Button>
        <Button icon={<Plus aria-hidden />} onPress={onMore}>
          {t("sharing.another")}
        </Button>
      </div>
    </div>
  );
}
