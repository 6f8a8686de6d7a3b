import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { toApiError } from "@/api/errors";
import { transcribeVideo } from "@/api/runs";
import type { VideoDetail } from "@/api/schema";
import { setLanguage } from "@/api/videos";
import { sentence } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { LanguageSelect } from "@/ui/LanguageSelect";
import { Switch } from "@/ui/Switch";
import { toast } from "@/ui/Toasts";
import styles from "./DeleteDialog.module.css";

/** Sets the spoken language of a video, and offers to transcribe it again. */
export function LanguageDialog({ video, onClose }: { video: VideoDetail; onClose: () => void }) {
  const before = video.language ?? "auto";
  const [language, setChosen] = useState(before);
  const [isAgain, setAgain] = useState(true);
  const form = useId();
  const change = useMutation({
    mutationFn: async () => {
      await setLanguage(video.id, language === "auto" ? null : language);
      if (isAgain) await transcribeVideo(video.id, { regenerate: true, language });
    },
    onSuccess: () => {
      toast(isAgain ? "Language set, transcription started" : "Language set");
      onClose();
    },
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    change.mutate();
  }
  return (
    <Dialog
      title="Spoken language"
      isOpen
      onClose={onClose}
      width="s"
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button type="submit" form={form} variant="primary" isPending={change.isPending}>
            Save
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className={styles.body}>
        <LanguageSelect label="Language" value={language} onChange={setChosen} />
        <Switch isSelected={isAgain} onChange={setAgain}>
          Transcribe again now
        </Switch>
        {change.isError && <p role="alert">{sentence(toApiError(change.error).problem.detail)}</p>}
      </form>
    </Dialog>
  );
}
