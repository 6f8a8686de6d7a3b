import { Activity, Clapperboard } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import { RouterProvider } from "react-aria-components";
import { Link } from "wouter";
import { navigate, usePathname } from "wouter/use-browser-location";
import { useActiveCount } from "@/api/run-events";
import { SessionGate } from "@/features/session/SessionGate";
import { UploadButton } from "@/features/upload/UploadButton";
import { UploadDropZone } from "@/features/upload/UploadDropZone";
import { cx } from "@/ui/cx";
import { Toasts } from "@/ui/Toasts";
import { ConnectionBanner } from "./ConnectionBanner";
import { Pages } from "./routes";
import styles from "./Shell.module.css";
import { useScrollRestoration } from "./scroll-restoration";

const ThemeMenu = lazy(async () => ({ default: (await import("./ThemeMenu")).ThemeMenu }));

/** What every page has around it. */
export function Shell() {
  useScrollRestoration();
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
              <UploadButton />
              <Suspense fallback={<span className={styles.place} />}>
                <ThemeMenu />
              </Suspense>
            </div>
          </div>
        </header>
        <ConnectionBanner />
        <div id="main" tabIndex={-1} className={styles.main}>
          <Pages />
        </div>
        <UploadDropZone />
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
