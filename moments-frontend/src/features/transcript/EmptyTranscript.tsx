import { MicOff, Music, Volume, VolumeOff } from "lucide-react";
import type { ReactNode } from "react";
import type { TranscriptRead } from "@/api/schema";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { type EmptyKind, emptyKind } from "./describe";
import { isShown, sectionText } from "./rows";
import styles from "./Transcript.module.css";

interface Explanation {
  icon: ReactNode;
  title: string;
  text: string;
}

const EXPLANATIONS: Readonly<Record<EmptyKind, Explanation>> = {
  "no audio": { icon: <VolumeOff />, title: "No audio track", text: "The video has no audio to transcribe." },
  unintelligible: {
    icon: <MicOff />,
    title: "Speech not recognised",
    text: "The audio contains speech, but no words were recognised. Try another language.",
  },
  music: { icon: <Music />, title: "Only music", text: "The audio contains music, but no speech." },
  silence: { icon: <Volume />, title: "No speech", text: "The audio contains no speech." },
  "no words": {
    icon: <MicOff />,
    title: "No speech detected",
    text: "The audio was transcribed, but contains no words.",
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
      title={title}
      actions={
        <>
          {kind !== "no audio" && (
            <Button variant={kind === "unintelligible" ? "primary" : "secondary"} onPress={onTranscribe}>
              {kind === "unintelligible" ? "Transcribe again in another language…" : "Transcribe again…"}
            </Button>
          )}
          <Button onPress={onImport}>Import captions…</Button>
        </>
      }
    >
      <p>{text}</p>
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
