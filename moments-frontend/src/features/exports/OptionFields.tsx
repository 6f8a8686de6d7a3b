import type { ReactNode } from "react";
import type { ExportCaptionStyle } from "@/api/exports";
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
        <legend>Audio</legend>
        <Switch
          isSelected={options.normalizeLoudness}
          onChange={(normalizeLoudness) => onChange({ normalizeLoudness })}
        >
          Normalise loudness (-14 LUFS)
        </Switch>
        <Switch isSelected={options.audioFade} onChange={(audioFade) => onChange({ audioFade })}>
          Fade in and out at the cuts
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
        label="Format"
        className={styles.formats}
        value={options.format}
        onChange={(format) => onChange({ format })}
        tiles={FORMATS.map((format) => ({
          value: format,
          label: FORMAT_LABELS[format],
          detail: format === "source" ? "As it is" : format,
          picture: <Frame ratio={ratioOf(format, source)} />,
        }))}
      />
      {isFilled && (
        <Tiles
          label="Fill the frame"
          value={options.fill}
          onChange={(fill) => onChange({ fill })}
          tiles={[
            { value: "crop", label: "Crop" },
            { value: "blur", label: "Blurred background" },
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

const STYLE_LABELS: Record<ExportCaptionStyle, string> = {
  classic: "Classic",
  bold: "Bold",
  karaoke: "Karaoke",
};
const SAMPLE = { words: ["Like", "this"], spoken: 1 };

function Captions({ options, onChange, noCaptions }: Omit<OptionFieldsProps, "source">) {
  const isDisabled = noCaptions !== null;
  return (
    <>
      <Tiles
        label="Captions"
        value={isDisabled ? "none" : options.captions}
        onChange={(captions) => onChange({ captions })}
        tiles={[
          { value: "burned", label: "In the picture", isDisabled },
          { value: "sidecar", label: "Separate file", isDisabled },
          { value: "none", label: "None" },
        ]}
      />
      {noCaptions}
      {!isDisabled && options.captions === "burned" && (
        <Tiles
          label="Caption style"
          hideLabel
          value={options.captionStyle}
          onChange={(captionStyle) => onChange({ captionStyle })}
          tiles={CAPTION_STYLES.map((style) => ({
            value: style,
            label: STYLE_LABELS[style],
            picture: <PreviewCaptions caption={SAMPLE} style={style} className={styles.sample} />,
          }))}
        />
      )}
    </>
  );
}
