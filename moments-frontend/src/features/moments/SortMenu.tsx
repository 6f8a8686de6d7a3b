import { ArrowDownUp } from "lucide-react";
import { IconButton } from "@/ui/Button";
import { ChoiceMenu } from "@/ui/ChoiceMenu";
import type { SortOrder } from "./moment-list";

const OPTIONS = [
  { value: "time", label: "By time" },
  { value: "score", label: "By score" },
] as const;

/** Sort order of the moments list. */
export function SortMenu({ order, onChange }: { order: SortOrder; onChange: (order: SortOrder) => void }) {
  const current = OPTIONS.find(({ value }) => value === order)?.label.toLowerCase();
  return (
    <ChoiceMenu<SortOrder>
      label="Sort"
      trigger={<IconButton label={`Sort: ${current}`} variant="secondary" icon={<ArrowDownUp />} />}
      options={OPTIONS}
      value={order}
      onChange={onChange}
    />
  );
}
