import { Component, type ReactNode, Suspense } from "react";
import { ApiError, clientProblem } from "@/api/errors";
import { t } from "@/i18n";
import { forgetFailedLoads } from "@/lib/lazy";
import { ChunkError } from "@/lib/preload";
import styles from "./Boundary.module.css";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { ErrorState } from "./EmptyState";
import { Spinner } from "./Spinner";

/** Place of the error: the page, a panel, a dialog of its own, or nowhere. */
type Place = "page" | "panel" | "dialog" | "nowhere";

interface BoundaryProps {
  children: ReactNode;
  place: Place;
  /** Shown while a part is being loaded. */
  fallback?: ReactNode;
  /** Closes the dialog whose content failed. */
  onClose?: () => void;
  /** A change, such as another path, renders the children again. */
  resetKey?: string;
}

interface State {
  error: unknown;
  resetKey: string | undefined;
}

/** Time after which a part that could not be loaded is requested again. */
const RETRY_MS = 15_000;

/** Keeps errors of loading and rendering inside a part of the page; everything around it stays usable. */
export class Boundary extends Component<BoundaryProps, State> {
  override state: State = { error: null, resetKey: this.props.resetKey };
  #timer: ReturnType<typeof setTimeout> | undefined;

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps({ resetKey }: BoundaryProps, state: State): Partial<State> | null {
    if (resetKey === state.resetKey) return null;
    if (state.error !== null) forgetFailedLoads();
    return { error: null, resetKey };
  }

  override componentDidMount(): void {
    window.addEventListener("online", this.#retryLoading);
  }

  override componentDidUpdate(): void {
    clearTimeout(this.#timer);
    if (this.state.error instanceof ChunkError) this.#timer = setTimeout(this.#retryLoading, RETRY_MS);
  }

  override componentWillUnmount(): void {
    clearTimeout(this.#timer);
    window.removeEventListener("online", this.#retryLoading);
  }

  readonly #retryLoading = () => {
    if (this.state.error instanceof ChunkError) this.retry();
  };

  readonly retry = () => {
    forgetFailedLoads();
    this.setState({ error: null });
  };

  override render() {
    const { place, fallback, onClose, children } = this.props;
    const { error } = this.state;
    if (error === null) {
      const shown = place === "dialog" ? <LoadingDialog onClose={onClose} /> : (fallback ?? null);
      return <Suspense fallback={shown}>{children}</Suspense>;
    }
    if (place === "nowhere") return fallback ?? null;
    const content = <Failure error={error} isPage={place === "page"} onRetry={this.retry} />;
    if (place === "page") return <main>{content}</main>;
    if (place === "panel") return content;
    return (
      <Dialog title={t("ui.partFailed")} isOpen onClose={() => (onClose ? onClose() : this.retry())}>
        {content}
      </Dialog>
    );
  }
}

interface FailureProps {
  error: unknown;
  isPage: boolean;
  onRetry: () => void;
}

function Failure({ error, isPage, onRetry }: FailureProps) {
  const shown = error instanceof ChunkError ? new ApiError(notLoaded(error)) : error;
  return (
    <ErrorState
      error={shown}
      isPage={isPage}
      isSmall={!isPage}
      actions={
        <>
          <Button variant="primary" onPress={onRetry}>
            {t("ui.tryAgain")}
          </Button>
          <Button onPress={() => location.reload()}>{t("ui.reload")}</Button>
        </>
      }
    />
  );
}

function notLoaded({ message }: ChunkError) {
  return clientProblem("part-not-loaded", t("ui.partNotLoaded"), message, t("ui.partNotLoadedRemedy"));
}

/** Appears after a moment, because most dialogs load faster. */
function LoadingDialog({ onClose }: { onClose: (() => void) | undefined }) {
  if (!onClose) return null;
  return (
    <div className={styles.late} role="status">
      <p>
        <Spinner /> {t("ui.loading")}
      </p>
      <Button size="s" onPress={onClose}>
        {t("common.cancel")}
      </Button>
    </div>
  );
}
