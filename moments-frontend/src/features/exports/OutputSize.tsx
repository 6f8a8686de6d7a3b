import type { ExportFormat } from "@/api/exports";
import { t } from "@/i18n";
import styles from "./ExportDialog.module.css";
import { isLowResolution, outputSize, parseSize } from "./size";

interface OutputSizeProps {
  /** Resolution of the video; null if unknown. */
  resolution: string | null;
  format: ExportFormat;
  /** Other videos may have other sizes. */
  hasOtherVideos: boolean;
}

/** Size of the exported picture, and a warning if the video has too few pixels for a sharp one. */
export function OutputSize({ resolution, format, hasOtherVideos }: OutputSizeProps) {
  const source = parseSize(resolution);
  if (source === null) return null;
  const size = outputSize(source, format);
  return (
    <div role="status" className={styles.size}>
      <p className={styles.times}>
        {t(hasOtherVideos ? "exports.outputSizeOfFirst" : "exports.outputSize", pixels(size))}
      </p>
      {isLowResolution(source) && (
        <p className={styles.warning}>{t("exports.lowResolution", pixels(source))}</p>
      )}
    </div>
  );
}

/** As texts: no separators of thousands. */
function pixels({ width, height }: { width: number; height: number }) {
  return { width: String(width), height: String(height) };
}
