export interface Emitter<Args extends unknown[]> {
  emit: (...args: Args) => void;
  /** Returns a function that removes the listener. */
  subscribe: (listener: (...args: Args) => void) => () => void;
}

/** Create a list of listeners that are called on every `emit`. */
export function createEmitter<Args extends unknown[] = []>(): Emitter<Args> {
  const listeners = new Set<(...args: Args) => void>();
  return {
    emit: (...args) => {
      for (const listener of listeners) listener(...args);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
