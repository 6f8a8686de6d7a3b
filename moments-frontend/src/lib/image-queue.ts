/** Loads pictures a few at a time.
 *
 * A browser has six connections to a server. With all of them taken by thumbnails, some of which are only now
 * being made, a search that somebody types would wait behind them. */

export const MAX_CONCURRENT = 3;

const waiting: (() => void)[] = [];
let loading = 0;

let isFillScheduled = false;

/** Soon, and once for all that come and go in one drawing. */
function scheduleFill(): void {
  if (isFillScheduled) return;
  isFillScheduled = true;
  queueMicrotask(fill);
}

function fill(): void {
  isFillScheduled = false;
  while (loading < MAX_CONCURRENT) {
    const begin = waiting.shift();
    if (!begin) return;
    loading += 1;
    begin();
  }
}

/** Give the image its address when its turn comes. Returns what ends that: call it when the image goes. */
export function enqueueImage(image: HTMLImageElement, url: string): () => void {
  let state: "waiting" | "loading" | "over" = "waiting";
  const begin = () => {
    state = "loading";
    image.src = url;
  };
  const end = () => {
    if (state === "waiting") waiting.splice(waiting.indexOf(begin), 1);
    if (state === "loading") loading -= 1;
    state = "over";
    scheduleFill();
  };
  image.addEventListener("load", end);
  image.addEventListener("error", end);
  waiting.push(begin);
  scheduleFill();
  return () => {
    if (state === "loading") image.removeAttribute("src"); // and the browser lets go of the request
    image.removeEventListener("load", end);
    image.removeEventListener("error", end);
    end();
  };
}
