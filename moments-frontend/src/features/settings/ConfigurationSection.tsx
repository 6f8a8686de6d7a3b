import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { SettingInfo } from "@/api/schema";
import { settingsQuery } from "@/api/settings";
import { t } from "@/i18n";
import { SearchField } from "@/ui/Field";
import { Switch } from "@/ui/Switch";
import { groupSettings } from "./group-settings";
import { Loaded, Section } from "./Section";
import styles from "./Settings.module.css";

/** All settings with their values; secrets are hidden. */
export function ConfigurationSection() {
  const settings = useQuery(settingsQuery());
  const [isAll, setAll] = useState(false);
  const [filter, setFilter] = useState("");
  return (
    <Section id="configuration" title={t("settings.configuration")} intro={t("settings.configurationHelp")}>
      <Loaded query={settings}>
        {(all) => (
          <>
            <div className={styles.tools}>
              <SearchField
                label={t("settings.filterSettings")}
                placeholder={t("settings.filterSettings")}
                value={filter}
                onChange={setFilter}
              />
              <Switch isSelected={isAll} onChange={setAll}>
                {t("settings.showDefaults")}
              </Switch>
            </div>
            <Groups settings={all} isAll={isAll || filter !== ""} filter={filter} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

interface GroupsProps {
  settings: readonly SettingInfo[];
  isAll: boolean;
  filter: string;
}

function Groups({ settings, isAll, filter }: GroupsProps) {
  const groups = groupSettings(settings, isAll, filter);
  if (groups.length === 0) return <p className={styles.facts}>{t("settings.noSettings")}</p>;
  return groups.map(({ name, settings: shown }) => (
    <div key={name} className={styles.group}>
      <h3>{name}</h3>
      <dl className={styles.settings}>
        {shown.map((setting) => (
          <Setting key={setting.name} setting={setting} />
        ))}
      </dl>
    </div>
  ));
}

function Setting({ setting }: { setting: SettingInfo }) {
  const { name, is_set: isSet, description } = setting;
  return (
    <div className={styles.setting}>
      <dt>
        <code>{name}</code>
        {description && <p className={styles.facts}>{description}</p>}
      </dt>
      <dd className={isSet ? styles.changed : undefined}>{valueText(setting)}</dd>
    </div>
  );
}

function valueText({ value, is_secret: isSecret, is_set: isSet }: SettingInfo): string {
  if (isSecret) return isSet ? t("settings.secretSet") : t("settings.notSet");
  return value === null || value === "" ? t("settings.notSet") : value;
}
