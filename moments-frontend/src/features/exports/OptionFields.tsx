import type { ReactNode } from "react";
import type { ExportCaptionStyle } from "@/api/exports";
import { type TextKey, t } from "@/i18n";
import { Switch } from "@/ui/Switch";
import { cropAxis, ratioOf } from "./crop";
import styles from "./ExportDialog.module.css";
import { CAPTION_STYLES, FORMAT_LABELS, FORMATS, type Options } from "./options";
import { PreviewCaptions } from "./PreviewCaptions";
import { Tiles } from "./Tiles";

interface OptionFieldsProps {
  options: Options;
  onChange: (change: Partial<Options>) => void;
  /** Aspect ratio of the video. */
  source: number;
  /** Reason why the video cannot have captions, with a remedy; null if it can. */
  noCaptions: ReactNode | null;
}

/** Format, captions and audio of the exported file. */
export function OptionFields({ options, onChange, source, noCaptions }: OptionFieldsProps) {
  return (
    <div className={styles.options}>
      <Picture options={options} onChange={onChange} source={source} />
      <Captions options={options} onChange={onChange} noCaptions={noCaptions} />
      <fieldset className={styles.switches}>
        <legend>{t("exports.audio")}</legend>
        <Switch
          isSelected={options.normalizeLoudness}
          onChange={(normalizeLoudness) => onChange({ normalizeLoudness })}
        >
          {t("exports.normaliseLoudness")}
        </Switch>
        <Switch isSelected={options.audioFade} onChange={(audioFade) => onChange({ audioFade })}>
          {t("exports.fadeInAndOutAt")}
        </Switch>
      </fieldset>
    </div>
  );
}

function Picture({ options, onChange, source }: Omit<OptionFieldsProps, "noCaptions">) {
  const isFilled = cropAxis(source, ratioOf(options.format, source)) !== null;
  return (
    <>
      <Tiles
        label={t("exports.format")}
        className={styles.formats}
        value={options.format}
        onChange={(format) => onChange({ format })}
        tiles={FORMATS.map((format) => ({
          value: format,
          label: t(FORMAT_LABELS[format]),
          detail: format === "source" ? t("exports.asItIs") : format,
          picture: <Frame ratio={ratioOf(format, source)} />,
        }))}
      />
      {isFilled && (
        <Tiles
          label={t("exports.fillTheFrame")}
          value={options.fill}
          onChange={(fill) => onChange({ fill })}
          tiles={[
            { value: "crop", label: t("exports.crop") },
            { value: "blur", label: t("exports.blurredBackground") },
          ]}
        />
      )}
    </>
  );
}

/** An outline with the proportions of a format. */
function Frame({ ratio }: { ratio: number }) {
  const width = Math.min(1.75, 1.5 * ratio);
  return (
    <span aria-hidden className={styles.frame}>
      <span style={{ width: `${width}rem`, height: `${width / ratio}rem` }} />
    </span>
  );
}

const STYLE_LABELS: Record<ExportCaptionStyle, TextKey> = {
  classic: "exports.styleClassic",
  bold: "exports.styleBold",
  karaoke: "exports.styleKaraoke",
};

function Captions({ options, onChange, noCaptions }: Omit<OptionFieldsProps, "source">) {
  const isDisabled = noCaptions !== null;
  return (
    <>
      <Tiles
        label={t("exports.captions")}
        value={isDisabled ? "none" : options.captions}
        onChange={(captions) => onChange({ captions })}
        tiles={[
          { value: "burned", label: t("exports.inThePicture"), isDisabled },
          { value: "sidecar", label: t("exports.separateFile"), isDisabled },
          { value: "none", label: t("common.none") },
        ]}
      />
      {noCaptions}
      {!isDisabled && options.captions === "burned" && (
        <Tiles
          label={t("exports.captionStyle")}
          hideLabel
          value={options.captionStyle}
          onChange={(captionStyle) => onChange({ captionStyle })}
          tiles={CAPTION_STYLES.map((style) => ({
            value: style,
            label: t(STYLE_LABELS[style]),
            picture: (
              <PreviewCaptions
                caption={{ words: t("exports.captionSample").split(" "), spoken: 1 }}
                style={style}
                className={styles.sample}
              />
            ),
          }))}
        />
      )}
    </>
  );
}
