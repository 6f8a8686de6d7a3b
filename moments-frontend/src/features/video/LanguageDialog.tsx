import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { toApiError } from "@/api/errors";
import { transcribeVideo } from "@/api/runs";
import type { VideoDetail } from "@/api/schema";
import { setLanguage } from "@/api/videos";
import { t } from "@/i18n";
import { sentence } from "@/lib/format";
import { FormDialog } from "@/ui/FormDialog";
import { LanguageSelect } from "@/ui/LanguageSelect";
import { Switch } from "@/ui/Switch";
import { toast } from "@/ui/Toasts";
import styles from "./Dialog.module.css";

/** Sets the spoken language of a video, and offers to transcribe it again. */
export function LanguageDialog({ video, onClose }: { video: VideoDetail; onClose: () => void }) {
  const before = video.language ?? "auto";
  const [language, setChosen] = useState(before);
  const [isAgain, setAgain] = useState(true);
  const change = useMutation({
    mutationFn: async () => {
      await setLanguage(video.id, language === "auto" ? null : language);
      if (isAgain) await transcribeVideo(video.id, { regenerate: true, language });
    },
    onSuccess: () => {
      toast(t(isAgain ? "video.languageSetTranscribing" : "video.languageSet"));
      onClose();
    },
  });
  return (
    <FormDialog
      title={t("video.spokenLanguage")}
      submit={t("common.save")}
      width="s"
      className={styles.body}
      isPending={change.isPending}
      onSubmit={() => change.mutate()}
      onClose={onClose}
    >
      <LanguageSelect label={t("video.language")} value={language} onChange={setChosen} />
      <Switch isSelected={isAgain} onChange={setAgain}>
        {t("video.transcribeNow")}
      </Switch>
      {change.isError && <p role="alert">{sentence(toApiError(change.error).problem.detail)}</p>}
    </FormDialog>
  );
}
