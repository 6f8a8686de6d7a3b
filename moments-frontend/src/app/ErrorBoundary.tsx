import { Component, type ReactNode } from "react";
import { Button } from "@/ui/Button";
import { ErrorState } from "@/ui/EmptyState";

/** Shows errors of rendering, and of chunks that fail to load. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <main>
        <ErrorState
          isPage
          error={this.state.error}
          actions={<Button onPress={() => location.reload()}>Reload</Button>}
        />
      </main>
    );
  }
}
