import { type ComponentType, createElement, lazy as lazyOnce } from "react";
import { loadAllTexts } from "@/i18n";

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

const failed = new Set<() => void>();

/** Like React's `lazy`, for components that can be loaded again after a failure. */
export function lazy<Props extends object>(load: Load<Props>): ComponentType<Props> {
  const create = () =>
    lazyOnce(() =>
      withTexts(load()).catch((error: unknown) => {
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

/** Parts that are loaded on demand have texts that are not part of the first load. */
async function withTexts<Part>(loading: Promise<Part>): Promise<Part> {
  const [part] = await Promise.all([loading, loadAllTexts()]);
  return part;
}

/** Forget failures, so that the next rendering loads again. */
export function forgetFailedLoads(): void {
  for (const reset of failed) reset();
  failed.clear();
}
