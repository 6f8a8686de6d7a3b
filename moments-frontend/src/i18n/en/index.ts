import chapters from "./chapters.json";
import duplicates from "./duplicates.json";
import { first } from "./first";
import moments from "./moments.json";
import player from "./player.json";
import runs from "./runs.json";
import settings from "./settings.json";
import shared from "./shared.json";
import sharing from "./sharing.json";
import transcript from "./transcript.json";
import trash from "./trash.json";
import video from "./video.json";
import vocabulary from "./vocabulary.json";
import watch from "./watch.json";

/** The English texts, by feature. */
export const en = {
  ...first,
  chapters,
  duplicates,
  moments,
  player,
  runs,
  settings,
  shared,
  sharing,
  transcript,
  trash,
  video,
  vocabulary,
  watch,
};
