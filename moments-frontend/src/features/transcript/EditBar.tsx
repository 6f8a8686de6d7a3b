import { Replace, TriangleAlert, Undo2 } from "lucide-react";
import { rich, t } from "@/i18n";
import { Button } from "@/ui/Button";
import styles from "./Transcript.module.css";

interface EditBarProps {
  /** Number of sentences with a low confidence. */
  uncertain: number;
  canUndo: boolean;
  onNextUncertain: () => void;
  onReplace: () => void;
  onUndo: () => void;
  onDone: () => void;
}

/** Actions of the edit mode. */
export function EditBar({ uncertain, canUndo, onNextUncertain, onReplace, onUndo, onDone }: EditBarProps) {
  return (
    <section aria-label={t("transcript.editTranscript")} className={styles.editBar}>
      <p>
        {rich("transcript.clickASentenceToEdit", {
          enter: <kbd>{t("transcript.keyEnter")}</kbd>,
          tab: <kbd>{t("transcript.keyTab")}</kbd>,
          escape: <kbd>{t("transcript.keyEscape")}</kbd>,
        })}
      </p>
      <div className={styles.editActions}>
        <Button size="s" icon={<Replace aria-hidden />} onPress={onReplace}>
          {t("transcript.findAndReplace")}
        </Button>
        <Button size="s" icon={<Undo2 aria-hidden />} isDisabled={!canUndo} onPress={onUndo}>
          {t("common.undo")}
        </Button>
        {uncertain > 0 && (
          <Button size="s" icon={<TriangleAlert aria-hidden />} onPress={onNextUncertain}>
            {t("transcript.uncertainCount", { count: uncertain })}
          </Button>
        )}
        <Button size="s" variant="primary" onPress={onDone}>
          {t("transcript.done")}
        </Button>
      </div>
    </section>
  );
}
