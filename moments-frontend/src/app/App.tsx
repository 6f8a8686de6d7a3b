import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { I18nProvider } from "react-aria-components";
import { queryClient } from "@/api/query-client";
import { locale } from "@/i18n";
import { Boundary } from "@/ui/Boundary";
import { Shell } from "./Shell";

export function App() {
  return (
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <I18nProvider locale={locale}>
          <Boundary place="page">
            <Shell />
          </Boundary>
        </I18nProvider>
      </QueryClientProvider>
    </StrictMode>
  );
}
