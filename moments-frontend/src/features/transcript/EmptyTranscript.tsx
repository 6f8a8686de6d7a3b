import { MicOff, Music, Volume, VolumeOff } from "lucide-react";
import type { ReactNode } from "react";
import type { TranscriptRead } from "@/api/schema";
import { type TextKey, t } from "@/i18n";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { type EmptyKind, emptyKind } from "./describe";
import { isShown, sectionText } from "./rows";
import styles from "./Transcript.module.css";

interface Explanation {
  icon: ReactNode;
  title: TextKey;
  text: TextKey;
}

const EXPLANATIONS: Readonly<Record<EmptyKind, Explanation>> = {
  "no audio": {
    icon: <VolumeOff />,
    title: "transcript.noAudioTrack",
    text: "transcript.theVideoHasNoAudio",
  },
  unintelligible: {
    icon: <MicOff />,
    title: "transcript.speechNotRecognised",
    text: "transcript.theAudioContainsSpeechBut",
  },
  music: { icon: <Music />, title: "transcript.onlyMusic", text: "transcript.theAudioContainsMusicBut" },
  silence: { icon: <Volume />, title: "transcript.noSpeech", text: "transcript.theAudioContainsNoSpeech" },
  "no words": {
    icon: <MicOff />,
    title: "transcript.noSpeechDetected",
    text: "transcript.theAudioWasTranscribedBut",
  },
};

interface EmptyTranscriptProps {
  /** Null if the video has no audio. */
  transcript: TranscriptRead | null;
  onTranscribe: () => void;
  onImport: () => void;
}

/** Explains a transcript without words: not understood, music, silence, or no audio. */
export function EmptyTranscript({ transcript, onTranscribe, onImport }: EmptyTranscriptProps) {
  const kind = transcript ? emptyKind(transcript) : "no audio";
  const { icon, title, text } = EXPLANATIONS[kind];
  const sections = transcript?.sections.filter(isShown) ?? [];
  return (
    <EmptyState
      isSmall
      icon={icon}
      title={t(title)}
      actions={
        <>
          {kind !== "no audio" && (
            <Button variant={kind === "unintelligible" ? "primary" : "secondary"} onPress={onTranscribe}>
              {kind === "unintelligible"
                ? t("transcript.transcribeAgainInAnotherLanguage")
                : t("transcript.transcribeAgain")}
            </Button>
          )}
          <Button onPress={onImport}>{t("transcript.importCaptions")}</Button>
        </>
      }
    >
      <p>{t(text)}</p>
      {kind === "unintelligible" && sections.length > 0 && (
        <ul className={styles.sections}>
          {sections.map((section) => (
            <li key={section.start}>{sectionText(section)}</li>
          ))}
        </ul>
      )}
    </EmptyState>
  );
}
