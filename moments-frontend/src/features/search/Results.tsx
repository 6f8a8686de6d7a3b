import { Suspense, useState } from "react";
import type { SearchHit } from "@/api/search";
import { type Groups, groupHits, type VideoGroup } from "./groups";
import { HitMenu } from "./HitMenu";
import styles from "./Results.module.css";
import { type BlockContext, VideoBlock } from "./VideoBlock";

const SECTIONS: readonly { name: keyof Groups; title: string }[] = [
  { name: "videos", title: "Videos" },
  { name: "names", title: "Moments and chapters" },
  { name: "sentences", title: "Transcripts" },
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
      {SECTIONS.map(({ name, title }) => (
        <Section key={name} title={title} groups={groups[name]} context={context} />
      ))}
      {menu && (
        <Suspense fallback={null}>
          <HitMenu {...menu} onClose={() => setMenu(null)} />
        </Suspense>
      )}
    </>
  );
}

interface SectionProps {
  title: string;
  groups: readonly VideoGroup[];
  context: BlockContext;
}

function Section({ title, groups, context }: SectionProps) {
  if (groups.length === 0) return null;
  return (
    <section aria-label={title} className={styles.section}>
      <h2 className={styles.heading}>{title}</h2>
      <ul className={styles.blocks}>
        {groups.map((group) => (
          // Another search starts folded.
          <VideoBlock key={`${context.query} ${group.video.id}`} group={group} context={context} />
        ))}
      </ul>
    </section>
  );
}
