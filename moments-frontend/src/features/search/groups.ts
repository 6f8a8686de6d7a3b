/** Hits by kind and video, in the order of the best hit. */

import type { SearchHit } from "@/api/search";

export interface VideoGroup {
  video: SearchHit["video"];
  /** Best hit first. */
  hits: SearchHit[];
  /** Number of hits that the API has folded. */
  more: number;
}

export interface Groups {
  /** Matches in the title, the channel or the description. */
  videos: VideoGroup[];
  /** Matches in the titles of moments and chapters. */
  names: VideoGroup[];
  sentences: VideoGroup[];
}

const SECTION_OF: Record<SearchHit["kind"], keyof Groups> = {
  title: "videos",
  channel: "videos",
  description: "videos",
  tag: "videos",
  moment: "names",
  chapter: "names",
  segment: "sentences",
};

export function groupHits(hits: readonly SearchHit[]): Groups {
  const groups: Groups = { videos: [], names: [], sentences: [] };
  const shown = new Set<string>();
  for (const hit of hits) {
    // A page that was loaded after a change of the library may repeat hits.
    const key = hitKey(hit);
    if (shown.has(key)) continue;
    shown.add(key);
    const section = groups[SECTION_OF[hit.kind]];
    const group = section.find(({ video }) => video.id === hit.video.id);
    if (group) {
      group.hits.push(hit);
      group.more = Math.max(group.more, hit.more_in_video);
    } else section.push({ video: hit.video, hits: [hit], more: hit.more_in_video });
  }
  foldOnce(groups);
  return groups;
}

/** Keep the number of folded hits in one section per video, as it counts all kinds. */
function foldOnce({ videos, names, sentences }: Groups): void {
  const folded = new Set<string>();
  for (const group of [...sentences, ...names, ...videos]) {
    if (folded.has(group.video.id)) group.more = 0;
    if (group.more > 0) folded.add(group.video.id);
  }
}

/** Return the hits of a group's video that belong to its section; of all sections if it has no sentence. */
export function unfold(group: VideoGroup, hits: readonly SearchHit[]): SearchHit[] {
  const hasSentences = group.hits.some(({ kind }) => kind === "segment");
  return hits.filter(({ kind }) => !hasSentences || kind === "segment");
}

/** Return a key that is unique among hits. */
export function hitKey({ video, kind, segment_index, moment_id, start_time }: SearchHit): string {
  return JSON.stringify([video.id, kind, segment_index, moment_id, start_time]);
}

/** Return the hits of one video in the order of their times. */
export function byTime(hits: readonly SearchHit[]): SearchHit[] {
  return [...hits].sort((one, other) => one.start_time - other.start_time);
}
