/** Life times of links and keys. */

import { type TextKey, translateLabels } from "@/i18n";

const NEVER = "never";

const CHOICES: readonly { value: string; label: TextKey }[] = [
  { value: "1", label: "sharing.oneDay" },
  { value: "7", label: "sharing.oneWeek" },
  { value: "30", label: "sharing.oneMonth" },
  { value: "365", label: "sharing.oneYear" },
  { value: NEVER, label: "sharing.never" },
];

export const DEFAULT_EXPIRY = "30";

export function expiryOptions() {
  return translateLabels(CHOICES);
}

/** Return the days of a choice; null for none. */
export function expiryDays(choice: string): number | null {
  return choice === NEVER ? null : Number(choice);
}
