import { ChevronDown } from "lucide-react";
import { useState } from "react";
import type { SearchHit } from "@/api/search";
import { type TextKey, t } from "@/i18n";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { type Groups, groupHits, type VideoGroup } from "./groups";
import { HitMenu } from "./HitMenu";
import styles from "./Results.module.css";
import { type BlockContext, VideoBlock } from "./VideoBlock";

interface SectionKind {
  name: keyof Groups;
  title: TextKey;
  /** Number of videos shown at first, so that the next section is not far below. */
  limit: number;
}

const SECTIONS: readonly SectionKind[] = [
  { name: "videos", title: "search.videos", limit: 4 },
  { name: "names", title: "search.momentsAndChapters", limit: 3 },
  { name: "sentences", title: "search.transcripts", limit: Number.POSITIVE_INFINITY },
];

interface ResultsProps extends Omit<BlockContext, "onMenu"> {
  hits: readonly SearchHit[];
}

/** All loaded hits, grouped by kind and video. */
export function Results({ hits, query, mode }: ResultsProps) {
  const [menu, setMenu] = useState<{ hit: SearchHit; anchor: HTMLElement } | null>(null);
  const groups = groupHits(hits);
  const context = { query, mode, onMenu: (hit: SearchHit, anchor: HTMLElement) => setMenu({ hit, anchor }) };
  return (
    <>
      {SECTIONS.map((kind) => (
        <Section key={`${query} ${kind.name}`} kind={kind} groups={groups[kind.name]} context={context} />
      ))}
      {menu && <HitMenu {...menu} onClose={() => setMenu(null)} />}
    </>
  );
}

interface SectionProps {
  kind: SectionKind;
  groups: readonly VideoGroup[];
  context: BlockContext;
}

function Section({ kind: { name, title, limit }, groups, context }: SectionProps) {
  const [isAll, setAll] = useState(false);
  if (groups.length === 0) return null;
  const hidden = isAll ? 0 : Math.max(0, groups.length - limit);
  return (
    <section aria-label={t(title)} className={styles.section}>
      <h2 className={styles.heading}>{t(title)}</h2>
      <ul className={cx(styles.blocks, name === "videos" && styles.columns)}>
        {groups.slice(0, groups.length - hidden).map((group) => (
          <VideoBlock key={group.video.id} group={group} context={context} />
        ))}
      </ul>
      {hidden > 0 && (
        <Button
          size="s"
          variant="ghost"
          icon={<ChevronDown aria-hidden />}
          className={styles.all ?? ""}
          onPress={() => setAll(true)}
        >
          {t("search.moreVideos", { count: hidden })}
        </Button>
      )}
    </section>
  );
}
