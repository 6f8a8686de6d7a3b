import { chooseLanguage, LANGUAGES, type Language, storedLanguage, type TextKey, t } from "@/i18n";
import { setTheme, type Theme, useTheme } from "@/lib/theme";
import { Select } from "@/ui/Select";
import { Section } from "./Section";
import styles from "./Settings.module.css";

/** Represents the browser's own language. */
const BROWSER = "browser";

const THEMES: Record<Theme, TextKey> = {
  system: "app.themeSystem",
  light: "app.themeLight",
  dark: "app.themeDark",
};

/** Language and colours of the app in this browser. */
export function AppearanceSection() {
  const theme = useTheme();
  const languages = [
    { value: BROWSER, label: t("app.languageBrowser") },
    ...(Object.keys(LANGUAGES) as Language[]).map((value) => ({ value, label: LANGUAGES[value] })),
  ];
  return (
    <Section id="appearance" title={t("settings.appearance")} intro={t("settings.appearanceHelp")}>
      <div className={styles.fields}>
        <Select
          label={t("app.language")}
          options={languages}
          value={storedLanguage() ?? BROWSER}
          onChange={(value) => chooseLanguage(value === BROWSER ? null : (value as Language))}
        />
        <Select
          label={t("app.theme")}
          options={(Object.keys(THEMES) as Theme[]).map((value) => ({ value, label: t(THEMES[value]) }))}
          value={theme}
          onChange={setTheme}
        />
      </div>
    </Section>
  );
}
