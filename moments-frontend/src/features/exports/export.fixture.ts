import type { Export } from "@/api/exports";

export function exportOf(id: string, more: Partial<Export> = {}): Export {
  return {
    id,
    video_id: "talk",
    moment_id: null,
    start_time: 0,
    end_time: 30,
    title: id,
    format: "9:16",
    fill: "crop",
    crop: "center",
    captions: "burned",
    caption_style: "bold",
    normalize_loudness: true,
    audio_fade: true,
    state: "completed",
    percent: 100,
    error: null,
    filename: `${id}.mp4`,
    url: `/api/exports/${id}/file`,
    captions_url: null,
    duration_seconds: 30,
    size_bytes: 4_200_000,
    created_at: "2026-01-01T10:00:00Z",
    finished_at: "2026-01-01T10:01:00Z",
    ...more,
  };
}
