/** Places where a page adds actions of other features. */

import type { ReactNode } from "react";
import type { ShownMoment } from "./merge-refined";

export interface MomentSlots {
  /** Buttons of one moment, shown between its own. */
  momentActions?: ((moment: ShownMoment) => ReactNode) | undefined;
  /** Buttons for the selected moments, by their ids. */
  selectionActions?: ((ids: readonly string[]) => ReactNode) | undefined;
}
