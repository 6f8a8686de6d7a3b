import { type MouseEvent, type PointerEvent, useRef } from "react";
import type { Command } from "./shortcuts";

const DOUBLE_TAP_MS = 350;
/** Share of the width at each side where a double tap seeks. */
const SIDE_SHARE = 0.4;
const SEEK_SECONDS = 10;

/** Return the direction in which a double tap at a position seeks; null in the middle. */
export function tapDirection(x: number, width: number): 1 | -1 | null {
  if (x < width * SIDE_SHARE) return -1;
  return x > width * (1 - SIDE_SHARE) ? 1 : null;
}

/** Report whether an event is on the picture, and not on a control over it. */
function isOnPicture({
  target,
  currentTarget,
}: {
  target: EventTarget;
  currentTarget: EventTarget;
}): boolean {
  return target instanceof HTMLVideoElement || target === currentTarget;
}

/** Double click: full screen. Double tap at a side: seek; further taps continue. */
export function useGestures(run: (command: Command) => void) {
  const lastTap = useRef({ at: 0, direction: null as 1 | -1 | null, isTouch: false });
  return {
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      const isTouch = event.pointerType === "touch";
      const { left, width } = event.currentTarget.getBoundingClientRect();
      const direction = isTouch && isOnPicture(event) ? tapDirection(event.clientX - left, width) : null;
      const { at, direction: before } = lastTap.current;
      lastTap.current = { at: event.timeStamp, direction, isTouch };
      if (direction === null || direction !== before || event.timeStamp - at > DOUBLE_TAP_MS) return;
      run({ do: "skip", seconds: direction * SEEK_SECONDS });
    },
    onDoubleClick: (event: MouseEvent<HTMLElement>) => {
      const { isTouch, direction } = lastTap.current;
      if (isOnPicture(event) && !(isTouch && direction !== null)) run({ do: "fullscreen" });
    },
  };
}
