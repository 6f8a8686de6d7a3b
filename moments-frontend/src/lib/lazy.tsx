import { type ComponentType, createElement, lazy as lazyOnce } from "react";

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

const failed = new Set<() => void>();

/** Like React's `lazy`, for components that can be loaded again after a failure. */
export function lazy<Props extends object>(load: Load<Props>): ComponentType<Props> {
  const create = () =>
    lazyOnce(() =>
      load().catch((error: unknown) => {
        failed.add(reset);
        throw error;
      }),
    ) as unknown as ComponentType<Props>;
  const reset = () => {
    Current = create();
  };
  let Current = create();
  // biome-ignore lint/correctness/noComponentHookFactories: called once per module, like React's own `lazy`
  return function Lazy(props: Props) {
    return createElement(Current, props);
  };
}

/** Forget failures, so that the next rendering loads again. */
export function forgetFailedLoads(): void {
  for (const reset of failed) reset();
  failed.clear();
}
