import type { AudioSection } from "@/api/schema";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { Button } from "@/ui/Button";
import { sectionText } from "./rows";
import styles from "./Transcript.module.css";

interface SectionRowProps {
  section: AudioSection;
  isTabStop: boolean;
  onTranscribe: () => void;
}

/** A dim line for a stretch without recognised speech; activating it seeks there. */
export function SectionRow({ section, isTabStop, onTranscribe }: SectionRowProps) {
  return (
    <div className={styles.section}>
      <button type="button" tabIndex={isTabStop ? 0 : -1} className={styles.segment}>
        <span className={styles.time}>{formatTime(section.start)}</span>{" "}
        <span className={styles.text}>{sectionText(section)}</span>
      </button>
      {section.kind === "unintelligible" && (
        <Button
          size="s"
          variant="ghost"
          className={styles.remedy ?? ""}
          excludeFromTabOrder={!isTabStop}
          onPress={onTranscribe}
        >
          {t("transcript.transcribeAgainInAnotherLanguage")}
        </Button>
      )}
    </div>
  );
}
