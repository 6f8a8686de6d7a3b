import { Check, Moon, Settings, Sun, SunMoon } from "lucide-react";
import type { ReactNode } from "react";
import { chooseLanguage, LANGUAGES, type Language, storedLanguage, type TextKey, t } from "@/i18n";
import { SETTINGS_PATH } from "@/lib/routes";
import { setTheme, type Theme, useTheme } from "@/lib/theme";
import { IconButton } from "@/ui/Button";
import { Menu, MenuItem, MenuSection } from "@/ui/Menu";

const THEMES: { theme: Theme; text: TextKey; icon: ReactNode }[] = [
  { theme: "system", text: "app.themeSystem", icon: <SunMoon /> },
  { theme: "light", text: "app.themeLight", icon: <Sun /> },
  { theme: "dark", text: "app.themeDark", icon: <Moon /> },
];

export function ThemeMenu() {
  const current = useTheme();
  const icon = THEMES.find(({ theme }) => theme === current)?.icon;
  return (
    <Menu label={t("app.theme")} trigger={<IconButton label={t("app.theme")} icon={icon} />}>
      {THEMES.map(({ theme, text, icon: itemIcon }) => (
        <MenuItem key={theme} icon={itemIcon} onAction={() => setTheme(theme)}>
          {t(text)}
        </MenuItem>
      ))}
      <MenuSection title={t("app.language")}>
        <LanguageItem choice={null} text={t("app.languageBrowser")} />
        {(Object.keys(LANGUAGES) as Language[]).map((choice) => (
          <LanguageItem key={choice} choice={choice} text={LANGUAGES[choice]} />
        ))}
      </MenuSection>
      <MenuItem icon={<Settings />} href={SETTINGS_PATH}>
        {t("app.settings")}
      </MenuItem>
    </Menu>
  );
}

/** Names are in their own language, so that readers find theirs in a menu that they cannot read. */
function LanguageItem({ choice, text }: { choice: Language | null; text: string }) {
  const isCurrent = storedLanguage() === choice;
  return (
    <MenuItem
      icon={<Check visibility={isCurrent ? "visible" : "hidden"} />}
      onAction={() => !isCurrent && chooseLanguage(choice)}
    >
      {text}
    </MenuItem>
  );
}
