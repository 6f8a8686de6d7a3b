import type { Player } from "@/lib/player";
import { toggleCaptions } from "./captions";
import type { Marker } from "./markers";
import { adjacentMoment } from "./markers";
import { type Command, nextSpeed } from "./shortcuts";

/** Frames per second where nobody knows the video's own. */
const DEFAULT_FRAME_RATE = 25;

export interface CommandContext {
  player: Player;
  /** The element that goes to full screen and to picture in picture when it is told to. */
  controller: HTMLElement | null;
  frameRate: number | null;
  moments: readonly Marker[];
  openHelp: () => void;
}

/** What people are told; null where what happens says it. */
export function execute(command: Command, stage: CommandContext): string | null {
  const { player } = stage;
  const { video } = player;
  if (command.do === "help") {
    stage.openHelp();
    return null;
  }
  if (!video) return null;
  switch (command.do) {
    case "toggle":
      if (!video.paused) {
        video.pause();
        return "Paused";
      }
      video.play().catch(() => undefined);
      return "Playing";
    case "skip":
      player.seek(video.currentTime + command.seconds);
      return `${command.seconds > 0 ? "+" : "−"}${Math.abs(command.seconds)} s`;
    case "jump":
      if (player.duration === null) return null;
      player.seek(player.duration * command.to);
      return command.to === 0 ? "Start" : command.to === 1 ? "End" : `${command.to * 100} %`;
    case "volume":
      video.volume = Math.round(Math.min(1, Math.max(0, video.volume + command.by)) * 100) / 100;
      video.muted = video.volume === 0;
      return `Volume ${Math.round(video.volume * 100)} %`;
    case "mute":
      video.muted = !video.muted;
      if (!video.muted && video.volume === 0) video.volume = 0.25;
      return video.muted ? "Sound off" : "Sound on";
    case "speed":
      video.playbackRate = nextSpeed(video.playbackRate, command.step);
      return speedLabel(video.playbackRate);
    case "frame":
      if (!video.paused) return null;
      player.seek(video.currentTime + command.step / (stage.frameRate ?? DEFAULT_FRAME_RATE));
      return command.step > 0 ? "One picture on" : "One picture back";
    case "moment": {
      const moment = adjacentMoment(stage.moments, video.currentTime, command.step);
      if (!moment) return `No moment ${command.step > 0 ? "after" : "before"} this`;
      player.seek(moment.start_time);
      return moment.title;
    }
    case "captions": {
      const isOn = toggleCaptions(video);
      return isOn === null ? "There are no captions yet" : isOn ? "Captions on" : "Captions off";
    }
    case "fullscreen":
      requestFromController(stage.controller, "mediaisfullscreen", "fullscreen");
      return null;
    case "pip":
      requestFromController(stage.controller, "mediaispip", "pip");
      return null;
  }
}

/** `1×`, `1.5×`. */
export function speedLabel(speed: number): string {
  return `${Number(speed.toFixed(2))}×`;
}

/** The controls' own way to ask, which knows how each browser does it. */
function requestFromController(controller: HTMLElement | null, isOn: string, what: string): void {
  const verb = controller?.hasAttribute(isOn) ? "exit" : "enter";
  controller?.dispatchEvent(new CustomEvent(`media${verb}${what}request`));
}
