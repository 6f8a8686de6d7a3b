type Handlers = { [Name in keyof WindowEventMap]?: (event: WindowEventMap[Name]) => void };

/** Add event listeners to a target. Returns a function that removes them. */
export function listen(target: EventTarget, handlers: Handlers, capture = false): () => void {
  const controller = new AbortController();
  for (const [name, handler] of Object.entries(handlers))
    target.addEventListener(name, handler as EventListener, { capture, signal: controller.signal });
  return () => controller.abort();
}
