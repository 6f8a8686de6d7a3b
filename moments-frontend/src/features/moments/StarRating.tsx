import { Star, X } from "lucide-react";
import { Radio, RadioGroup } from "react-aria-components/RadioGroup";
import { t } from "@/i18n";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import styles from "./Moment.module.css";

const STARS = [1, 2, 3, 4, 5] as const;

interface StarRatingProps {
  title: string;
  rating: number | null;
  onRate: (rating: number | null) => void;
}

/** Rating of one to five stars; Delete or the clear button removes it. */
export function StarRating({ title, rating, onRate }: StarRatingProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: groups the radio buttons with the clear button
    <div
      role="group"
      aria-label={t("moments.yourRatingOfTitle", { title })}
      className={styles.stars}
      onKeyDown={(event) => {
        if (rating === null || (event.key !== "Delete" && event.key !== "Backspace")) return;
        event.preventDefault();
        onRate(null);
      }}
    >
      <RadioGroup
        aria-label={t("moments.stars")}
        orientation="horizontal"
        className={styles.radios ?? ""}
        value={rating === null ? null : String(rating)}
        onChange={(value) => onRate(Number(value))}
      >
        {STARS.map((star) => (
          <Radio
            key={star}
            value={String(star)}
            aria-label={t("moments.starCount", { count: star })}
            className={cx(styles.star, rating !== null && star <= rating && styles.lit)}
          >
            <Star aria-hidden />
          </Radio>
        ))}
      </RadioGroup>
      {rating !== null && (
        <IconButton
          label={t("moments.clearRating")}
          size="s"
          className={styles.unrate ?? ""}
          icon={<X />}
          onPress={() => onRate(null)}
        />
      )}
    </div>
  );
}
