import { useEffect, useId, useMemo, useRef, useState } from "react";
import { t } from "@/i18n";
import { parseDescription, type TextPart } from "@/lib/description";
import { usePlayer } from "@/lib/player";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import styles from "./Description.module.css";

interface DescriptionProps {
  text: string;
  duration: number | null;
}

/** The description of the site or the file; links open in a new tab, and times seek. */
export function Description({ text, duration }: DescriptionProps) {
  const [isOpen, setOpen] = useState(false);
  const [isCut, setCut] = useState(false);
  const body = useRef<HTMLParagraphElement>(null);
  const id = useId();
  const parts = useMemo(() => {
    // The few lines of the collapsed text are too valuable to be blank.
    const shown = isOpen ? text.trim() : text.trim().replace(/\n\s*\n/g, "\n");
    return parseDescription(shown, duration);
  }, [text, duration, isOpen]);
  useEffect(() => {
    const element = body.current;
    if (!element) return;
    const measure = () =>
      setCut((before) => (isOpen ? before : element.scrollHeight > element.clientHeight + 1));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [isOpen]);
  return (
    <section aria-label={t("video.description")} className={styles.description}>
      <p
        ref={body}
        id={id}
        className={cx(styles.text, !isOpen && styles.collapsed)}
        onFocus={({ target }) => {
          // Tab also reaches the links of the hidden lines.
          if (isCut && target.matches(":focus-visible")) setOpen(true);
        }}
      >
        {parts.map((part, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity
          <Part key={place} part={part} />
        ))}
      </p>
      {isCut && (
        <Button
          size="s"
          variant="ghost"
          className={styles.toggle ?? ""}
          aria-expanded={isOpen}
          aria-controls={id}
          onPress={() => setOpen(!isOpen)}
        >
          {t(isOpen ? "video.showLess" : "video.showMore")}
        </Button>
      )}
    </section>
  );
}

function Part({ part }: { part: TextPart }) {
  const player = usePlayer();
  if (part.kind === "text") return part.text;
  if (part.kind === "link")
    return (
      <a href={part.url} target="_blank" rel="noopener noreferrer nofollow">
        {part.text}
      </a>
    );
  return (
    <button
      type="button"
      className={styles.time}
      aria-label={t("video.goTo", { time: part.text })}
      onClick={() => player.seek(part.seconds, { play: true })}
    >
      {part.text}
    </button>
  );
}
