import { Moon, Sun, SunMoon } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "@/ui/Button";
import { Menu, MenuItem } from "@/ui/Menu";
import { setTheme, type Theme, useTheme } from "./theme";

const THEMES: { theme: Theme; text: string; icon: ReactNode }[] = [
  { theme: "system", text: "System", icon: <SunMoon /> },
  { theme: "light", text: "Light", icon: <Sun /> },
  { theme: "dark", text: "Dark", icon: <Moon /> },
];

export function ThemeMenu() {
  const current = useTheme();
  const icon = THEMES.find(({ theme }) => theme === current)?.icon;
  return (
    <Menu label="Theme" trigger={<IconButton label="Theme" icon={icon} />}>
      {THEMES.map(({ theme, text, icon: itemIcon }) => (
        <MenuItem key={theme} icon={itemIcon} onAction={() => setTheme(theme)}>
          {text}
        </MenuItem>
      ))}
    </Menu>
  );
}
