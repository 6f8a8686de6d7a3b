/** Limits concurrent image requests.
 *
 * Browsers allow six connections per server. If thumbnails, some of which the server has yet to generate, took
 * all of them, a search would wait. */

export const MAX_CONCURRENT = 3;

const queue: (() => void)[] = [];
let loading = 0;

let isFillScheduled = false;

/** Schedule one `fill` for all changes of a render. */
function scheduleFill(): void {
  if (isFillScheduled) return;
  isFillScheduled = true;
  queueMicrotask(fill);
}

function fill(): void {
  isFillScheduled = false;
  while (loading < MAX_CONCURRENT) {
    const start = queue.shift();
    if (!start) return;
    loading += 1;
    start();
  }
}

/** Set the image's URL when a slot is free. Returns a function to call when the image is removed. */
export function enqueueImage(image: HTMLImageElement, url: string): () => void {
  let state: "queued" | "loading" | "done" = "queued";
  const start = () => {
    state = "loading";
    image.src = url;
  };
  const finish = () => {
    if (state === "queued") queue.splice(queue.indexOf(start), 1);
    if (state === "loading") loading -= 1;
    state = "done";
    scheduleFill();
  };
  image.addEventListener("load", finish);
  image.addEventListener("error", finish);
  queue.push(start);
  scheduleFill();
  return () => {
    if (state === "loading") image.removeAttribute("src"); // aborts the request
    image.removeEventListener("load", finish);
    image.removeEventListener("error", finish);
    finish();
  };
}
