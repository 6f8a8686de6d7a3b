import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { problemText, toApiError } from "@/api/errors";
import { momentsQuery } from "@/api/moments";
import type { VideoDetail } from "@/api/schema";
import { videoQuery } from "@/api/videos";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorState } from "@/ui/EmptyState";
import { TextField } from "@/ui/Field";
import { Spinner } from "@/ui/Spinner";
import { CropPreview } from "./CropPreview";
import { CENTRE, DEFAULT_RATIO, parseRatio } from "./crop";
import { closeExportDialog, type ExportPart, type ExportTarget } from "./dialog-store";
import styles from "./ExportDialog.module.css";
import { OptionFields } from "./OptionFields";
import { OutputSize } from "./OutputSize";
import { applyPreset, loadOptions, type Options, PRESETS, presetCaptions, presetOf } from "./options";
import { Tiles } from "./Tiles";
import { allParts, describeParts, dialogTitle } from "./targets";
import { useCaptions } from "./use-captions";
import { useExport } from "./use-export";

const NO_PARTS: readonly ExportPart[] = [];
const TITLE_LENGTH = 200;

interface ExportDialogProps {
  targets: readonly [ExportTarget, ...ExportTarget[]];
}

/** Options of the exports of some moments or of a range. The preview shows those of the first video. */
export function ExportDialog({ targets }: ExportDialogProps) {
  const [first] = targets;
  const video = useQuery(videoQuery(first.videoId));
  const moments = useQuery({ ...momentsQuery(first.videoId), enabled: first.parts === "all" });
  const parts = first.parts === "all" ? moments.data && allParts(moments.data) : first.parts;
  const failed = [video, moments].find(({ isError, data }) => isError && data === undefined);
  if (video.data && parts !== undefined)
    return <Form video={video.data} parts={parts ?? NO_PARTS} targets={targets} />;
  return (
    <Dialog title={t("exports.export")} isOpen onClose={closeExportDialog} width="l">
      {failed ? (
        <ErrorState isSmall error={failed.error} onRetry={() => void failed.refetch()} />
      ) : (
        <Spinner />
      )}
    </Dialog>
  );
}

interface FormProps extends ExportDialogProps {
  video: VideoDetail;
  /** Parts of the first video. */
  parts: readonly ExportPart[];
}

function Form({ video, parts, targets }: FormProps) {
  const [options, setOptions] = useState(loadOptions);
  const [crop, setCrop] = useState(CENTRE);
  const [title, setTitle] = useState(parts[0]?.title ?? "");
  const { words, noCaptions } = useCaptions(video.id);
  const canCaption = noCaptions === null;
  const shown: Options = canCaption ? options : { ...options, captions: "none" };
  const all = [
    ...parts,
    ...targets.slice(1).flatMap((target) => (target.parts === "all" ? [] : target.parts)),
  ];
  const change = (changes: Partial<Options>) => setOptions((before) => ({ ...before, ...changes }));
  const submission = useExport();
  return (
    <Dialog
      title={dialogTitle(all)}
      isOpen
      onClose={closeExportDialog}
      width="l"
      actions={
        <Actions
          error={submission.error}
          isPending={submission.isPending}
          isDisabled={all.length === 0}
          onSubmit={() => submission.mutate({ targets, title, options, crop, canCaption })}
        />
      }
    >
      <div className={styles.form}>
        <Presets options={options} canCaption={canCaption} onChange={setOptions} />
        <div className={styles.columns}>
          <div className={styles.side}>
            <CropPreview
              video={video}
              parts={parts}
              words={words}
              options={shown}
              crop={crop}
              onCrop={setCrop}
            />
            <Summary parts={all} title={title} onTitle={setTitle} />
            <OutputSize
              resolution={video.resolution}
              format={options.format}
              hasOtherVideos={targets.length > 1}
            />
          </div>
          <OptionFields
            options={shown}
            onChange={change}
            source={parseRatio(video.resolution) ?? DEFAULT_RATIO}
            noCaptions={noCaptions}
          />
        </div>
      </div>
    </Dialog>
  );
}

interface PresetsProps {
  options: Options;
  canCaption: boolean;
  onChange: (options: Options) => void;
}

function Presets({ options, canCaption, onChange }: PresetsProps) {
  return (
    <Tiles
      label={t("exports.preset")}
      hideLabel
      className={styles.presets}
      value={presetOf(options)?.id ?? null}
      onChange={(id) => {
        const preset = PRESETS.find((one) => one.id === id);
        if (preset) onChange(applyPreset(options, preset));
      }}
      tiles={PRESETS.map((preset) => ({
        value: preset.id,
        label: t(preset.label),
        detail: `${presetCaptions(preset, canCaption)} · ${t(preset.purpose)}`,
      }))}
    />
  );
}

interface SummaryProps {
  parts: readonly ExportPart[];
  title: string;
  onTitle: (title: string) => void;
}

/** Title of the moment, field for the title of a range, or number of files; and the times. */
function Summary({ parts, title, onTitle }: SummaryProps) {
  if (parts.length === 0) return <p className={styles.note}>{t("exports.thisVideoHasNoMoments")}</p>;
  const [only] = parts.length === 1 ? parts : [];
  return (
    <div className={styles.summary}>
      {only?.momentId === null ? (
        <TextField
          label={t("common.title")}
          value={title}
          onChange={onTitle}
          maxLength={TITLE_LENGTH}
          placeholder={t("exports.titleAndTimesOfThe")}
          description={t("exports.namesTheFile")}
        />
      ) : (
        only && <p className={styles.title}>{only.title}</p>
      )}
      <p className={styles.times}>{describeParts(parts)}</p>
    </div>
  );
}

interface ActionsProps {
  error: unknown;
  isPending: boolean;
  isDisabled: boolean;
  onSubmit: () => void;
}

function Actions({ error, isPending, isDisabled, onSubmit }: ActionsProps) {
  return (
    <>
      {error !== null && (
        <p role="alert" className={styles.error}>
          {problemText(toApiError(error).problem)}
        </p>
      )}
      <Button onPress={closeExportDialog}>{t("common.cancel")}</Button>
      <Button variant="primary" isPending={isPending} isDisabled={isDisabled} onPress={onSubmit}>
        {t("exports.export")}
      </Button>
    </>
  );
}
