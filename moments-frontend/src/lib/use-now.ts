import { createStore, type Store, useStore } from "./store";

const clock: Store<number> = createStore(Date.now(), () => {
  const tick = () => clock.set(Date.now());
  tick();
  const timer = setInterval(tick, 1000);
  return () => clearInterval(timer);
});
const stopped = { ...clock, subscribe: () => () => undefined };

/** Return the time in milliseconds, updated every second while `isTicking`. */
export function useNow(isTicking: boolean): number {
  return useStore(isTicking ? clock : stopped);
}

/** Return the seconds since a time, updated every second; null without a time. */
export function useElapsedSeconds(iso: string | null | undefined): number | null {
  const now = useNow(Boolean(iso));
  return iso ? Math.max(0, (now - Date.parse(iso)) / 1000) : null;
}
