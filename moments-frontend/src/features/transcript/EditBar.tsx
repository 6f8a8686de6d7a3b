import { Replace, TriangleAlert, Undo2 } from "lucide-react";
import { plural } from "@/lib/format";
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
    <section aria-label="Edit transcript" className={styles.editBar}>
      <p>
        Click a sentence to edit it. <kbd>Enter</kbd> saves, <kbd>Tab</kbd> saves and opens the next one,{" "}
        <kbd>Esc</kbd> cancels.
      </p>
      <div className={styles.editActions}>
        <Button size="s" icon={<Replace aria-hidden />} onPress={onReplace}>
          Find and replace…
        </Button>
        <Button size="s" icon={<Undo2 aria-hidden />} isDisabled={!canUndo} onPress={onUndo}>
          Undo
        </Button>
        {uncertain > 0 && (
          <Button size="s" icon={<TriangleAlert aria-hidden />} onPress={onNextUncertain}>
            {plural(uncertain, "uncertain sentence")}
          </Button>
        )}
        <Button size="s" variant="primary" onPress={onDone}>
          Done
        </Button>
      </div>
    </section>
  );
}
