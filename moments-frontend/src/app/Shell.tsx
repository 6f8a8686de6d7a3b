import { Activity, BookA, Bookmark, Clapperboard, Settings } from "lucide-react";
import type { ReactNode } from "react";
import { RouterProvider } from "react-aria-components";
import { Link } from "wouter";
import { navigate, usePathname } from "wouter/use-browser-location";
import { useActiveCount } from "@/api/run-events";
import { ExportHost } from "@/features/exports/ExportHost";
import { ExportsButton } from "@/features/exports/ExportsButton";
import { SearchBox } from "@/features/search/SearchBox";
import { SessionGate } from "@/features/session/SessionGate";
import { ShareHost } from "@/features/sharing/ShareHost";
import { UploadButton } from "@/features/upload/UploadButton";
import { UploadDropZone } from "@/features/upload/UploadDropZone";
import { t } from "@/i18n";
import { lazy } from "@/lib/lazy";
import { LIBRARY_PATH, MOMENTS_PATH, RUNS_PATH, SETTINGS_PATH, VOCABULARY_PATH } from "@/lib/routes";
import { loadSearchPage } from "@/pages/prefetch";
import { Boundary } from "@/ui/Boundary";
import { IconLink } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Toasts } from "@/ui/Toasts";
import { Banners } from "./Banners";
import { Pages } from "./routes";
import styles from "./Shell.module.css";
import { Shortcuts } from "./Shortcuts";
import { useScrollRestoration } from "./scroll-restoration";

const ThemeMenu = lazy(async () => ({ default: (await import("./ThemeMenu")).ThemeMenu }));

const prefetchSearch = () => void loadSearchPage().catch(() => undefined); // the page shows the error

/** Header, navigation and everything else around the page. */
export function Shell() {
  useScrollRestoration();
  return (
    <RouterProvider navigate={(path) => navigate(path)}>
      <SessionGate>
        <a href="#main" className={cx("visually-hidden", styles.skip)}>
          {t("app.skip")}
        </a>
        <header className={styles.header}>
          <div className={styles.inner}>
            <Link to={LIBRARY_PATH} className={styles.brand} aria-label={t("app.brand")}>
              <img src="/icon.svg" alt="" width="28" height="28" />
              <span>VideoMoments</span>
            </Link>
            <nav aria-label={t("app.pages")} className={styles.nav}>
              <PageLink to={LIBRARY_PATH} icon={<Clapperboard aria-hidden />} text={t("app.library")} />
              <PageLink to={MOMENTS_PATH} icon={<Bookmark aria-hidden />} text={t("app.moments")} />
              <PageLink to={RUNS_PATH} icon={<Activity aria-hidden />} text={t("app.runs")}>
                <ActiveRuns />
              </PageLink>
              <PageLink
                to={VOCABULARY_PATH}
                icon={<BookA aria-hidden />}
                text={t("app.vocabulary")}
                className={styles.wide}
              />
            </nav>
            <SearchBox onUse={prefetchSearch} />
            <Tools />
          </div>
        </header>
        <Banners />
        <div id="main" tabIndex={-1} className={styles.main}>
          <Pages />
        </div>
        <div data-dock className={styles.dock}>
          <Boundary place="panel">
            <ExportHost />
          </Boundary>
          <ShareHost />
          <Boundary place="panel">
            <UploadDropZone />
          </Boundary>
        </div>
        <Shortcuts />
      </SessionGate>
      <Toasts />
    </RouterProvider>
  );
}

/** Buttons at the end of the header. */
function Tools() {
  return (
    <div className={styles.tools}>
      <ExportsButton />
      <UploadButton />
      <IconLink
        href={SETTINGS_PATH}
        label={t("app.settings")}
        icon={<Settings />}
        className={styles.roomy ?? ""}
      />
      <Boundary place="nowhere" fallback={<span className={styles.placeholder} />}>
        <ThemeMenu />
      </Boundary>
    </div>
  );
}

interface PageLinkProps {
  to: string;
  icon: ReactNode;
  text: string;
  className?: string | undefined;
  children?: ReactNode;
}

function PageLink({ to, icon, text, className, children }: PageLinkProps) {
  const isCurrent = usePathname() === to;
  return (
    <Link
      to={to}
      className={cx(styles.link, isCurrent && styles.active, className)}
      aria-current={isCurrent ? "page" : undefined}
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
      {count > 99 ? "99+" : count}
      <span className="visually-hidden"> {t("app.active")}</span>
    </span>
  );
}
