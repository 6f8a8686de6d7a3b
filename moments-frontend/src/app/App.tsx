import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { I18nProvider } from "react-aria-components";
import { queryClient } from "@/api/query-client";
import { locale } from "@/i18n";
import { lazy } from "@/lib/lazy";
import { shareTokenFromPath } from "@/lib/routes";
import { Boundary } from "@/ui/Boundary";
import { Shell } from "./Shell";

const SharePage = lazy(async () => ({ default: (await import("@/pages/SharePage")).SharePage }));

/** Visitors of a share link see its page only: they have no key for the rest. */
const shareToken = shareTokenFromPath(location.pathname);

export function App() {
  return (
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <I18nProvider locale={locale}>
          <Boundary place="page">
            {shareToken === null ? <Shell /> : <SharePage token={shareToken} />}
          </Boundary>
        </I18nProvider>
      </QueryClientProvider>
    </StrictMode>
  );
}
