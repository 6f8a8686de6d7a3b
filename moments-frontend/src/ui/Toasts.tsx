import { X } from "lucide-react";
import {
  UNSTABLE_Toast as AriaToast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from "react-aria-components/Toast";
import { toApiError } from "@/api/errors";
import { sentence } from "@/lib/format";
import { Button, IconButton } from "./Button";
import { cx } from "./cx";
import styles from "./Toasts.module.css";

interface Message {
  text: string;
  detail?: string;
  tone?: "neutral" | "bad";
  action?: { label: string; onPress: () => void };
}

const SECONDS = 6;
const queue = new ToastQueue<Message>({ maxVisibleToasts: 3 });

/** Say that something has happened. It goes by itself, but not while it is looked at. */
export function toast(text: string, message: Omit<Message, "text"> = {}): void {
  queue.add({ text, ...message }, { timeout: SECONDS * 1000 });
}

/** Say that something did not work, and why; it stays until it is closed. */
export function toastError(text: string, error: unknown): void {
  const { problem } = toApiError(error);
  const detail = [problem.detail, problem.remedy]
    .filter((part) => part != null)
    .map(sentence)
    .join(" ");
  queue.add({ text, detail, tone: "bad" });
}

export function Toasts() {
  return (
    <ToastRegion queue={queue} className={styles.region ?? ""} aria-label="Messages">
      {({ toast: shown }) => {
        const { text, detail, tone, action } = shown.content;
        return (
          <AriaToast toast={shown} className={cx(styles.toast, tone === "bad" && styles.bad)}>
            <ToastContent className={styles.content ?? ""}>
              <span className={styles.text}>{text}</span>
              {detail && <span className={styles.detail}>{detail}</span>}
            </ToastContent>
            {action && (
              <Button
                size="s"
                onPress={() => {
                  action.onPress();
                  queue.close(shown.key);
                }}
              >
                {action.label}
              </Button>
            )}
            <IconButton slot="close" label="Dismiss" size="s" icon={<X />} />
          </AriaToast>
        );
      }}
    </ToastRegion>
  );
}
