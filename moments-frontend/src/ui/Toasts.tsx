import { X } from "lucide-react";
import { Text } from "react-aria-components/Text";
import {
  UNSTABLE_Toast as AriaToast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from "react-aria-components/Toast";
import { problemText, toApiError } from "@/api/errors";
import { t } from "@/i18n";
import { Button, IconButton } from "./Button";
import { cx } from "./cx";
import styles from "./Toasts.module.css";

interface Message {
  text: string;
  detail?: string;
  tone?: "neutral" | "bad";
  action?: { label: string; onPress: () => void };
}

const TIMEOUT_MS = 6_000;
const queue = new ToastQueue<Message>({ maxVisibleToasts: 3 });

/** Show a message that disappears by itself, but not while hovered or focused.
 *
 * @returns a function that closes the message earlier */
export function toast(text: string, message: Omit<Message, "text"> = {}): () => void {
  const key = queue.add({ text, ...message }, { timeout: TIMEOUT_MS });
  return () => queue.close(key);
}

/** Show what failed and why, until the user closes it. */
export function toastError(text: string, error: unknown): void {
  const { problem } = toApiError(error);
  queue.add({ text, detail: problemText(problem), tone: "bad" });
}

export function Toasts() {
  return (
    <ToastRegion data-toasts queue={queue} className={styles.region ?? ""} aria-label={t("ui.notifications")}>
      {({ toast: shown }) => {
        const { text, detail, tone, action } = shown.content;
        return (
          <AriaToast toast={shown} className={cx(styles.toast, tone === "bad" && styles.bad)}>
            <ToastContent className={styles.content ?? ""}>
              <Text slot="title" className={styles.text}>
                {text}
              </Text>
              {detail && (
                <Text slot="description" className={styles.detail}>
                  {detail}
                </Text>
              )}
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
            <IconButton slot="close" label={t("ui.dismiss")} size="s" icon={<X />} />
          </AriaToast>
        );
      }}
    </ToastRegion>
  );
}
