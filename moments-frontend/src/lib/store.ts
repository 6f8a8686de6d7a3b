/** State outside React, for what outlives a component or changes without one. */

import { useSyncExternalStore } from "react";
import { createEmitter } from "./emitter";

export interface Store<State> {
  get: () => State;
  set: (next: State) => void;
  /** Returns a function that ends the subscription. */
  subscribe: (listener: () => void) => () => void;
}

/** Create a store.
 *
 * @param start called for the first subscriber; the function it returns is called after the last one has left */
export function createStore<State>(initial: State, start?: () => () => void): Store<State> {
  const changes = createEmitter();
  let state = initial;
  let subscribers = 0;
  let stop: (() => void) | undefined;
  return {
    get: () => state,
    set: (next) => {
      state = next;
      changes.emit();
    },
    subscribe: (listener) => {
      const unsubscribe = changes.subscribe(listener);
      subscribers += 1;
      if (subscribers === 1) stop = start?.();
      return () => {
        unsubscribe();
        subscribers -= 1;
        if (subscribers === 0) stop?.();
      };
    },
  };
}

/** Return the store's state, or a part of it, and render again when that changes.
 *
 * @param select must return the same value for the same state */
export function useStore<State>(store: Store<State>): State;
export function useStore<State, Part>(store: Store<State>, select: (state: State) => Part): Part;
export function useStore<State>(store: Store<State>, select: (state: State) => unknown = (state) => state) {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
