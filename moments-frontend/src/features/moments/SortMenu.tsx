import { ArrowDownUp } from "lucide-react";
import { t, translateLabels } from "@/i18n";
import { IconButton } from "@/ui/Button";
import { ChoiceMenu } from "@/ui/ChoiceMenu";
import type { SortOrder } from "./moment-list";

const OPTIONS = [
  { value: "time", label: "moments.byTime", current: "moments.sortedByTime" },
  { value: "score", label: "moments.byScore", current: "moments.sortedByScore" },
] as const;

/** Sort order of the moments list. */
export function SortMenu({ order, onChange }: { order: SortOrder; onChange: (order: SortOrder) => void }) {
  const current = OPTIONS.find(({ value }) => value === order)?.current;
  return (
    <ChoiceMenu<SortOrder>
      label={t("moments.sort")}
      trigger={<IconButton label={t(current ?? "moments.sort")} variant="secondary" icon={<ArrowDownUp />} />}
      options={translateLabels(OPTIONS)}
      value={order}
      onChange={onChange}
    />
  );
}
