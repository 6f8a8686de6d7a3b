import { Activity, Clapperboard, Moon, Sun, SunMoon } from "lucide-react";
import type { ReactNode } from "react";
import { RouterProvider } from "react-aria-components";
import { Link } from "wouter";
import { navigate, usePathname } from "wouter/use-browser-location";
import { AddButton, AddSurfaces } from "@/features/add/AddControls";
import { useActiveCount } from "@/features/runs/live-runs";
import { SessionGate } from "@/features/session/SessionGate";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Menu, MenuItem } from "@/ui/Menu";
import { Toasts } from "@/ui/Toasts";
import { ConnectionBanner } from "./ConnectionBanner";
import { Pages } from "./routes";
import styles from "./Shell.module.css";
import { useScrollMemory } from "./scroll-memory";
import { setTheme, type Theme, useTheme } from "./theme";

/** What every page has around it. */
export function Shell() {
  useScrollMemory();
  return (
    <RouterProvider navigate={(path) => navigate(path)}>
      <SessionGate>
        <a href="#main" className={cx("visually-hidden", styles.skip)}>
          Skip to the content
        </a>
        <header className={styles.header}>
          <div className={styles.inner}>
            <Link to="/" className={styles.brand} aria-label="VideoMoments, library">
              <img src="/icon.svg" alt="" width="28" height="28" />
              <span>VideoMoments</span>
            </Link>
            <nav aria-label="Pages" className={styles.nav}>
              <PageLink to="/" icon={<Clapperboard aria-hidden />} text="Library" />
              <PageLink to="/runs" icon={<Activity aria-hidden />} text="Runs">
                <ActiveRuns />
              </PageLink>
            </nav>
            <div className={styles.tools}>
              <AddButton />
              <ThemeMenu />
            </div>
          </div>
        </header>
        <ConnectionBanner />
        <div id="main" tabIndex={-1} className={styles.main}>
          <Pages />
        </div>
        <AddSurfaces />
      </SessionGate>
      <Toasts />
    </RouterProvider>
  );
}

interface PageLinkProps {
  to: string;
  icon: ReactNode;
  text: string;
  children?: ReactNode;
}

function PageLink({ to, icon, text, children }: PageLinkProps) {
  const isHere = usePathname() === to;
  return (
    <Link
      to={to}
      className={cx(styles.link, isHere && styles.active)}
      aria-current={isHere ? "page" : undefined}
    >
      {icon}
      <span>{text}</span>
      {children}
    </Link>
  );
}

function ActiveRuns() {
  const count = useActiveCount();
  if (count === 0) return null;
  return (
    <span className={styles.count}>
      {count}
      <span className="visually-hidden"> under way</span>
    </span>
  );
}

const THEMES: { theme: Theme; text: string; icon: ReactNode }[] = [
  { theme: "system", text: "As the system", icon: <SunMoon /> },
  { theme: "light", text: "Light", icon: <Sun /> },
  { theme: "dark", text: "Dark", icon: <Moon /> },
];

function ThemeMenu() {
  const current = useTheme();
  const icon = THEMES.find(({ theme }) => theme === current)?.icon;
  return (
    <Menu label="Colours" trigger={<IconButton label="Colours" icon={icon} />}>
      {THEMES.map(({ theme, text, icon: own }) => (
        <MenuItem key={theme} icon={own} onAction={() => setTheme(theme)}>
          {text}
        </MenuItem>
      ))}
    </Menu>
  );
}
