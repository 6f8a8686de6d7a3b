import { ChevronLeft, ChevronRight, Pause, Play } from "lucide-react";
import { type CSSProperties, useState } from "react";
import type { VideoDetail, Word } from "@/api/schema";
import { t } from "@/i18n";
import { Button, IconButton } from "@/ui/Button";
import { CropHandle } from "./CropHandle";
import { captionAt, captionLayout, captionLength } from "./captions";
import { CENTRE, type CropPosition, cropAxis, DEFAULT_RATIO, parseRatio, ratioOf } from "./crop";
import type { ExportPart } from "./dialog-store";
import type { Options } from "./options";
import styles from "./Preview.module.css";
import { PreviewCaptions } from "./PreviewCaptions";
import { PreviewPicture } from "./PreviewPicture";
import { type Preview, usePreview } from "./use-preview";

interface CropPreviewProps {
  video: VideoDetail;
  parts: readonly ExportPart[];
  words: readonly Word[];
  options: Options;
  crop: CropPosition;
  onCrop: (crop: CropPosition) => void;
}

/** A frame of the export as it will look; dragging it moves the crop. */
export function CropPreview({ video, parts, words, options, crop, onCrop }: CropPreviewProps) {
  const [index, setIndex] = useState(0);
  const part = parts[index] ?? parts[0] ?? WHOLE;
  const preview = usePreview(part);
  const source = preview.ratio ?? parseRatio(video.resolution) ?? DEFAULT_RATIO;
  const ratio = ratioOf(options.format, source);
  const axis = cropAxis(source, ratio);
  const isBlurred = axis !== null && options.fill === "blur";
  const layout = captionLayout(options.captionStyle, ratio);
  const caption =
    options.captions === "burned" ? captionAt(words, part, preview.time, captionLength(layout)) : null;
  const canMove = axis !== null && !isBlurred;
  return (
    <div className={styles.preview}>
      <div className={styles.stage}>
        <div className={styles.box} data-preview style={{ "--ratio": ratio } as CSSProperties}>
          <PreviewPicture video={video} preview={preview} crop={crop} isBlurred={isBlurred} />
          {caption && (
            <PreviewCaptions
              caption={caption}
              style={options.captionStyle}
              className={styles.captions}
              sizes={{
                bottom: `${layout.bottom}%`,
                width: `${layout.line}cqmin`,
                fontSize: `${layout.font}cqmin`,
              }}
            />
          )}
          {canMove && <CropHandle axis={axis} crop={crop} source={source} onChange={onCrop} />}
        </div>
      </div>
      <div className={styles.controls}>
        {!preview.isFailed && <PlayButton preview={preview} />}
        {parts.length > 1 && <Stepper index={index} count={parts.length} onChange={setIndex} />}
        <span className={styles.hint}>{canMove && parts.length === 1 && t("exports.dragThePicture")}</span>
        {canMove && (
          <Button
            size="s"
            variant="ghost"
            isDisabled={crop[axis] === CENTRE[axis]}
            onPress={() => onCrop(CENTRE)}
          >
            {t("exports.centre")}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Placeholder of a part that is not loaded yet. */
const WHOLE: ExportPart = { momentId: null, start: 0, end: 1, title: "" };

function PlayButton({ preview: { isPlaying, toggle } }: { preview: Preview }) {
  return (
    <IconButton
      size="s"
      label={isPlaying ? t("exports.pausePreview") : t("exports.playPreview")}
      icon={isPlaying ? <Pause /> : <Play />}
      onPress={toggle}
    />
  );
}

interface StepperProps {
  index: number;
  count: number;
  onChange: (index: number) => void;
}

/** Selects the moment that the preview shows. */
function Stepper({ index, count, onChange }: StepperProps) {
  return (
    <>
      <IconButton
        size="s"
        label={t("exports.previousMoment")}
        icon={<ChevronLeft />}
        isDisabled={index === 0}
        onPress={() => onChange(index - 1)}
      />
      <span className={styles.place}>{t("exports.indexOfCount", { index: index + 1, count })}</span>
      <IconButton
        size="s"
        label={t("exports.nextMoment")}
        icon={<ChevronRight />}
        isDisabled={index === count - 1}
        onPress={() => onChange(index + 1)}
      />
    </>
  );
}
