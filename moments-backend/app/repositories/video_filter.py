"""Conditions on the rows of the table `videos`; the list, the search and others share them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Quality(StrEnum):
    """Resolution classes by the smaller side: below 720, 1080 and 2160 pixels, and above."""

    SD = "sd"
    HD = "hd"
    FULL_HD = "fullhd"
    UHD = "uhd"


class Source(StrEnum):
    LINK = "link"
    FILE = "file"


class Watched(StrEnum):
    """Progress of playback."""

    NEVER = "never"
    IN_PROGRESS = "in_progress"
    FINISHED = "finished"


class VideoState(StrEnum):
    """Missing results, or work in progress."""

    PROCESSING = "processing"
    FAILED = "failed"
    NO_TRANSCRIPT = "no_transcript"
    NO_PLAYBACK = "no_playback"
    DAMAGED = "damaged"


MAX_SEPARATE_WORDS = 8
"""Words of a search with a condition of their own, which is faster than a list of words."""

SPOKEN_LANGUAGE = """
    coalesce(videos.language, (SELECT t.language FROM transcripts AS t WHERE t.video_id = videos.id))
"""
"""SQL for the language that the user set, or that the transcript states."""


@dataclass(frozen=True, slots=True)
class VideoFilter:
    """Conditions on rows; None means no condition. Videos in the trash are left to the query."""

    words: tuple[str, ...] | None = None
    """Words, folded by `fold_characters`, that title, identifier, tags and source URL together contain."""
    min_duration: float | None = None
    max_duration: float | None = None
    min_size: int | None = None
    """Smallest size in bytes."""
    max_size: int | None = None
    quality: Quality | None = None
    source: Source | None = None
    among: tuple[str, ...] | None = None
    """Identifiers to include."""
    except_for: tuple[str, ...] | None = None
    """Identifiers to exclude."""
    channel: str | None = None
    folder: str | None = None
    """Folder of the original; includes the folders below it."""
    tags: tuple[str, ...] | None = None
    """Tags that a video has all."""
    favorite: bool | None = None
    language: str | None = None
    """Code of the spoken language."""
    has_speech: bool | None = None
    """True: the transcript contains text; videos without a transcript match neither value."""
    state: VideoState | None = None
    watched: Watched | None = None
    recorded_from: datetime | None = None
    """Earliest recording time, inclusive."""
    recorded_before: datetime | None = None
    """Latest recording time, exclusive."""
    added_from: datetime | None = None
    """Earliest time of registration, inclusive."""
    added_before: datetime | None = None
    """Latest time of registration, exclusive."""
    local_paths: tuple[str, ...] | None = None
    """Paths of local files to include."""
    except_local_paths: tuple[str, ...] | None = None
    """Paths of local files to exclude."""
    is_object_missing: bool | None = None
    """True: the last verification did not find the object."""

    def conditions(self) -> tuple[str, ...]:
        """Return the SQL conditions on a table named `videos`, whose values are `parameters()`."""
        conditions = [text for name, text in _CONDITIONS.items() if getattr(self, name) is not None]
        if self.words:
            separate = range(min(len(self.words), MAX_SEPARATE_WORDS))
            conditions += [f"strpos(search_text, %(word_{index})s::text) > 0" for index in separate]
            if len(self.words) > MAX_SEPARATE_WORDS:
                conditions.append(_OTHER_WORDS)
        if self.has_speech is not None:
            conditions.append(_SPEECH if self.has_speech else _NO_SPEECH)
        if self.state is not None:
            conditions.append(_STATES[self.state])
        if self.watched is not None:
            conditions.append(_WATCHED[self.watched])
        return tuple(conditions)

    def parameters(self) -> dict[str, Any]:
        lowest, highest = _LINES.get(self.quality, (None, None))
        words = self.words or ()
        return {
            **{f"word_{index}": word for index, word in enumerate(words[:MAX_SEPARATE_WORDS])},
            "other_words": list(words[MAX_SEPARATE_WORDS:]),
            "min_duration": self.min_duration,
            "max_duration": self.max_duration,
            "min_size": self.min_size,
            "max_size": self.max_size,
            "min_lines": lowest,
            "max_lines": highest,
            "source": None if self.source is None else self.source.value,
            "among": _array(self.among),
            "except_for": _array(self.except_for),
            "channel": self.channel,
            "folder": self.folder,
            "tags": _array(self.tags),
            "favorite": self.favorite,
            "language": self.language,
            "recorded_from": self.recorded_from,
            "recorded_before": self.recorded_before,
            "added_from": self.added_from,
            "added_before": self.added_before,
            "local_paths": _array(self.local_paths),
            "except_local_paths": _array(self.except_local_paths),
            "is_object_missing": self.is_object_missing,
        }


def _array(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)


_SMALLER_SIDE = """
    CASE WHEN resolution ~ '^[0-9]{1,6}x[0-9]{1,6}$'
    THEN least(split_part(resolution, 'x', 1)::int, split_part(resolution, 'x', 2)::int) END
"""
_LINES: dict[Quality | None, tuple[int, int]] = {
    Quality.SD: (0, 719),
    Quality.HD: (720, 1079),
    Quality.FULL_HD: (1080, 2159),
    Quality.UHD: (2160, 10**6),
}
_LOCAL_PATH = "coalesce(relative_path, regexp_replace(cloud_url, '^.*/', ''))"
_CONDITIONS = {
    "min_duration": "duration_seconds >= %(min_duration)s",
    "max_duration": "duration_seconds <= %(max_duration)s",
    "min_size": "size_bytes >= %(min_size)s::bigint",
    "max_size": "size_bytes <= %(max_size)s::bigint",
    "quality": f"{_SMALLER_SIDE} BETWEEN %(min_lines)s AND %(max_lines)s",
    "source": "(source_url IS NOT NULL) = (%(source)s::text = 'link')",
    "among": "identifier = ANY(%(among)s::text[])",
    "except_for": "identifier <> ALL(%(except_for)s::text[])",
    "channel": "channel = %(channel)s",
    "folder": "starts_with(relative_path, %(folder)s::text || '/')",
    "tags": "tags @> %(tags)s::text[]",
    "favorite": "is_favorite = %(favorite)s::boolean",
    "language": f"{SPOKEN_LANGUAGE} = %(language)s::text",
    "recorded_from": "recorded_at >= %(recorded_from)s",
    "recorded_before": "recorded_at < %(recorded_before)s",
    "added_from": "created_at >= %(added_from)s",
    "added_before": "created_at < %(added_before)s",
    "is_object_missing": "starts_with(coalesce(verification_error, ''), 'missing-object:')"
    " = %(is_object_missing)s::boolean",
    # A subquery is hashed; `= ANY` of a long array would compare each row with all paths.
    "local_paths": f"{_LOCAL_PATH} IN (SELECT unnest(%(local_paths)s::text[]))",
    "except_local_paths": f"{_LOCAL_PATH} NOT IN (SELECT unnest(%(except_local_paths)s::text[]))",
}
"""SQL conditions by field of `VideoFilter`."""
_OTHER_WORDS = """
    NOT EXISTS (SELECT FROM unnest(%(other_words)s::text[]) AS word WHERE strpos(search_text, word) = 0)
"""
_SPEECH = "EXISTS (SELECT FROM transcript_segments AS s WHERE s.video_id = videos.id)"
_TRANSCRIBED = "EXISTS (SELECT FROM transcripts AS t WHERE t.video_id = videos.id)"
_NO_SPEECH = f"({_TRANSCRIBED} AND NOT {_SPEECH})"
HAS_SPEECH = f"(CASE WHEN {_TRANSCRIBED} THEN {_SPEECH} END)"
"""SQL for whether the indexed transcript contains anything; NULL without one."""
_LAST_RUN = """
    (SELECT r.status FROM pipeline_runs AS r
    WHERE r.video_identifier = videos.identifier AND r.kind = 'moments' ORDER BY r.created_at DESC LIMIT 1)
"""
_STATES = {
    VideoState.PROCESSING: """
        EXISTS (SELECT FROM pipeline_runs AS r
        WHERE r.video_identifier = videos.identifier AND r.status IN ('queued', 'processing'))
    """,
    VideoState.FAILED: f"{_LAST_RUN} = 'failed'",
    VideoState.NO_TRANSCRIPT: f"NOT {_TRANSCRIBED}",
    VideoState.NO_PLAYBACK: "playback_state IN ('needed', 'failed')",
    VideoState.DAMAGED: "verification_error IS NOT NULL",
}
_WATCHED = {
    Watched.NEVER: "last_watched_at IS NULL",
    Watched.IN_PROGRESS: "watch_position IS NOT NULL",
    Watched.FINISHED: "(last_watched_at IS NOT NULL AND watch_position IS NULL)",
}
