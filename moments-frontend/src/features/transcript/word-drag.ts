import { listen } from "@/lib/listen";

/** Distance to the upper and lower edge of the list at which dragging scrolls it, and how far per frame. */
const EDGE_PIXELS = 28;
const SCROLL_PIXELS = 8;
/** A mouse that moves less has clicked. */
const DRAG_PIXELS = 4;
const LONG_TOUCH_MS = 450;

/** Report the elements under the pointer until it is released.
 *
 * A mouse reports them while it is dragged. A touch that rests reports its element once; others scroll the list.
 * Returns a function that stops. */
export function followPointer(
  down: PointerEvent,
  scroller: HTMLElement | null,
  onElement: (element: Element | null) => void,
): () => void {
  let at = { x: down.clientX, y: down.clientY };
  let isDragging = false;
  let frame = 0;
  const report = () => onElement(document.elementFromPoint(at.x, at.y));
  const isTouch = down.pointerType === "touch";
  const timer = isTouch ? setTimeout(report, LONG_TOUCH_MS) : undefined;

  function scroll() {
    const box = scroller?.getBoundingClientRect();
    if (!box || !scroller) return;
    const by = at.y < box.top + EDGE_PIXELS ? -1 : at.y > box.bottom - EDGE_PIXELS ? 1 : 0;
    if (by !== 0) {
      scroller.scrollTop += by * SCROLL_PIXELS;
      report();
    }
    frame = requestAnimationFrame(scroll);
  }
  function move(event: PointerEvent) {
    at = { x: event.clientX, y: event.clientY };
    const isFar = Math.hypot(at.x - down.clientX, at.y - down.clientY) > DRAG_PIXELS;
    if (isTouch) {
      if (isFar) clearTimeout(timer);
      return;
    }
    if (!isDragging && !isFar) return;
    if (!isDragging) frame = requestAnimationFrame(scroll);
    isDragging = true;
    report();
  }
  const remove = listen(window, { pointermove: move, pointerup: stop, pointercancel: stop });
  function stop() {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    remove();
  }
  return stop;
}
