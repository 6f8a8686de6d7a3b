import type { SettingInfo } from "@/api/schema";

export interface SettingGroup {
  name: string;
  settings: readonly SettingInfo[];
}

/** Return the groups in the order of the settings, without empty ones.
 *
 * @param isAll false: only settings that differ from their defaults
 * @param filter part of a name or description */
export function groupSettings(
  settings: readonly SettingInfo[],
  isAll: boolean,
  filter: string,
): SettingGroup[] {
  const words = filter.trim().toLowerCase();
  const groups = new Map<string, SettingInfo[]>();
  for (const setting of settings) {
    const text = `${setting.name} ${setting.description ?? ""}`.toLowerCase();
    if ((!isAll && !setting.is_set) || (!text.includes(words.replaceAll(" ", "_")) && !text.includes(words)))
      continue;
    groups.set(setting.group, [...(groups.get(setting.group) ?? []), setting]);
  }
  return [...groups].map(([name, members]) => ({ name, settings: members }));
}
