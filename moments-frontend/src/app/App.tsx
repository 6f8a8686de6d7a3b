import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { queryClient } from "@/api/query-client";
import { ErrorBoundary } from "./ErrorBoundary";
import { Shell } from "./Shell";

export function App() {
  return (
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <ErrorBoundary>
          <Shell />
        </ErrorBoundary>
      </QueryClientProvider>
    </StrictMode>
  );
}
