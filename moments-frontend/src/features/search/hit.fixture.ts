/** Hits for tests. */

import type { SearchHit } from "@/api/search";

/** Return a sentence of the video `talk`; `fields` replace its values. */
export function makeHit(fields: Partial<SearchHit> = {}): SearchHit {
  return {
    video: { id: "talk", title: "Talk", thumbnail_url: "/api/videos/talk/thumbnail", duration_seconds: 60 },
    kind: "segment",
    start_time: 4,
    end_time: 6,
    text: "The moon pulls.",
    highlights: [[4, 8]],
    before: "Tides turn.",
    after: "",
    match: "words",
    score: 1,
    segment_index: 1,
    moment_id: null,
    more_in_video: 0,
    ...fields,
  };
}
