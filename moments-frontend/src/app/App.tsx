import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { I18nProvider } from "react-aria-components";
import { queryClient } from "@/api/query-client";
import { locale } from "@/i18n";
import { ErrorBoundary } from "./ErrorBoundary";
import { Shell } from "./Shell";

export function App() {
  return (
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <I18nProvider locale={locale}>
          <ErrorBoundary>
            <Shell />
          </ErrorBoundary>
        </I18nProvider>
      </QueryClientProvider>
    </StrictMode>
  );
}
