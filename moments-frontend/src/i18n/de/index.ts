import api from "./api.json";
import app from "./app.json";
import chapters from "./chapters.json";
import common from "./common.json";
import duplicates from "./duplicates.json";
import exports from "./exports.json";
import lib from "./lib.json";
import library from "./library.json";
import moments from "./moments.json";
import player from "./player.json";
import runs from "./runs.json";
import search from "./search.json";
import session from "./session.json";
import settings from "./settings.json";
import shared from "./shared.json";
import sharing from "./sharing.json";
import transcript from "./transcript.json";
import trash from "./trash.json";
import ui from "./ui.json";
import upload from "./upload.json";
import video from "./video.json";
import vocabulary from "./vocabulary.json";
import watch from "./watch.json";

/** The German texts. A text that is missing here is displayed in English. */
export const de = {
  api,
  app,
  chapters,
  common,
  duplicates,
  exports,
  lib,
  library,
  moments,
  player,
  runs,
  search,
  session,
  settings,
  shared,
  sharing,
  transcript,
  trash,
  ui,
  upload,
  video,
  vocabulary,
  watch,
};
