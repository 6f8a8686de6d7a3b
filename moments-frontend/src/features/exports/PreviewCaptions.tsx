import { type CSSProperties, Fragment } from "react";
import type { ExportCaptionStyle } from "@/api/exports";
import { cx } from "@/ui/cx";
import styles from "./Captions.module.css";
import type { PreviewCaption } from "./captions";

interface PreviewCaptionsProps {
  caption: PreviewCaption;
  style: ExportCaptionStyle;
  className?: string | undefined;
  sizes?: CSSProperties;
}

/** Captions as they are burned into the picture. */
export function PreviewCaptions({ caption, style, className, sizes }: PreviewCaptionsProps) {
  return (
    <span aria-hidden dir="auto" className={cx(styles.caption, styles[style], className)} style={sizes}>
      <span className={styles.text}>
        {caption.words.map((word, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: words repeat and have no identity
          <Fragment key={index}>
            {index > 0 && " "}
            <span className={cx(index === caption.spoken && styles.spoken)}>{word}</span>
          </Fragment>
        ))}
      </span>
    </span>
  );
}
