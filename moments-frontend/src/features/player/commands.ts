import { t } from "@/i18n";
import { formatNumber, formatPercent, formatPreciseTime } from "@/lib/format";
import type { Player } from "@/lib/player";
import { toggleCaptions } from "./captions";
import type { Marker, Section } from "./markers";
import { adjacentMoment } from "./markers";
import { type Command, nextSpeed } from "./shortcuts";

/** Frame rate assumed for videos whose frame rate is unknown. */
const DEFAULT_FRAME_RATE = 25;

/** Messages if nothing follows, or nothing comes before. */
const NO_TARGET = {
  moment: ["player.noNextMoment", "player.noPreviousMoment"],
  chapter: ["player.noNextChapter", "player.noPreviousChapter"],
} as const;

export interface CommandContext {
  player: Player;
  /** The media controller, which handles full screen and picture-in-picture requests. */
  controller: HTMLElement | null;
  frameRate: number | null;
  moments: readonly Marker[];
  chapters: readonly Section[];
  openHelp: () => void;
  /** Null if no moments can be added to the video. */
  createMoment: (() => void) | null;
}

/** Run a command; returns the hint to show, or null if the effect is visible by itself. */
export function execute(command: Command, context: CommandContext): string | null {
  const { player } = context;
  const { video } = player;
  if (command.do === "help") {
    context.openHelp();
    return null;
  }
  if (!video) return null;
  if (isMark(command)) return executeMark(command, context);
  switch (command.do) {
    case "toggle":
      if (!video.paused) {
        video.pause();
        return t("player.paused");
      }
      video.play().catch(() => undefined);
      return t("player.playing");
    case "skip":
      player.seek(video.currentTime + command.seconds);
      return t("player.skipped", {
        sign: command.seconds > 0 ? "+" : "−",
        seconds: Math.abs(command.seconds),
      });
    case "jump":
      if (player.duration === null) return null;
      player.seek(player.duration * command.to);
      if (command.to === 0) return t("player.start");
      return command.to === 1 ? t("player.end") : formatPercent(command.to * 100);
    case "volume":
      video.volume = Math.round(Math.min(1, Math.max(0, video.volume + command.by)) * 100) / 100;
      video.muted = video.volume === 0;
      return t("player.volume", { percent: formatPercent(video.volume * 100) });
    case "mute":
      video.muted = !video.muted;
      if (!video.muted && video.volume === 0) video.volume = 0.25;
      return t(video.muted ? "player.muted" : "player.unmuted");
    case "speed":
      video.playbackRate = nextSpeed(video.playbackRate, command.step);
      return speedLabel(video.playbackRate);
    case "frame":
      if (!video.paused) return null;
      player.seek(video.currentTime + command.step / (context.frameRate ?? DEFAULT_FRAME_RATE));
      return t(command.step > 0 ? "player.nextFrame" : "player.previousFrame");
    case "moment":
    case "chapter":
      return goToAdjacent(command.do, command.step, context);
    case "captions": {
      const isOn = toggleCaptions(video);
      return t(isOn === null ? "player.noCaptions" : isOn ? "player.captionsOn" : "player.captionsOff");
    }
    case "fullscreen":
      requestFromController(context.controller, "mediaisfullscreen", "fullscreen");
      return null;
    case "pip":
      requestFromController(context.controller, "mediaispip", "pip");
      return null;
  }
}

/** Go to the next or the previous moment or chapter. */
function goToAdjacent(kind: "moment" | "chapter", step: 1 | -1, context: CommandContext): string {
  const targets = kind === "moment" ? context.moments : context.chapters;
  const target = adjacentMoment(targets, context.player.time, step);
  if (!target) return t(NO_TARGET[kind][step > 0 ? 0 : 1]);
  context.player.seek(target.start_time);
  return target.title;
}

type MarkCommand = Extract<Command, { do: "mark" | "go to" | "create moment" }>;

function isMark(command: Command): command is MarkCommand {
  return ["mark", "go to", "create moment"].includes(command.do);
}

const POINT_AT = { in: "player.inPointAt", out: "player.outPointAt" } as const;
const NO_POINT = { in: "player.noInPoint", out: "player.noOutPoint" } as const;

/** Set, show and use the in and out points of a new moment. */
function executeMark(command: MarkCommand, { player, createMoment }: CommandContext): string | null {
  if (!createMoment) return t("player.momentsNeedLibrary");
  const { points } = player;
  if (command.do === "create moment") {
    if (points.in === null || points.out === null) return t("player.setPointsFirst");
    createMoment();
    return null;
  }
  if (command.do === "mark") {
    player.setPoint(command.point, player.time);
    return t(POINT_AT[command.point], { time: formatPreciseTime(player.time) });
  }
  const seconds = points[command.point];
  if (seconds === null) return t(NO_POINT[command.point]);
  player.seek(seconds);
  return t(POINT_AT[command.point], { time: formatPreciseTime(seconds) });
}

/** Format a playback speed, such as `1.5×`. */
export function speedLabel(speed: number): string {
  return `${formatNumber(speed, 2)}×`;
}

/** Dispatch a media-chrome request event, which handles browser differences. */
function requestFromController(controller: HTMLElement | null, isOn: string, what: string): void {
  const verb = controller?.hasAttribute(isOn) ? "exit" : "enter";
  controller?.dispatchEvent(new CustomEvent(`media${verb}${what}request`));
}
