import { Fragment, type ReactNode } from "react";
import { type TextKey, t } from "./catalogue";

/** Delimits a placeholder that is replaced by an element; no text contains it. */
const MARK = "\u0000";

/** Return a text whose placeholders are replaced by elements.
 *
 * @param values strings and numbers are inserted as by `t` */
export function rich(key: TextKey, values: Readonly<Record<string, ReactNode>>): ReactNode {
  const isPlain = (value: ReactNode) => typeof value === "string" || typeof value === "number";
  const texts = Object.entries(values).map(([name, value]) => [
    name,
    isPlain(value) ? value : MARK + name + MARK,
  ]);
  const parts = t(key, Object.fromEntries(texts)).split(MARK);
  // Every second part is the name of a placeholder.
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text keep their positions
    <Fragment key={index}>{index % 2 === 0 ? part : values[part]}</Fragment>
  ));
}
