"""Rows of every kind that a sidecar contains, for videos whose objects exist."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from psycopg.types.json import Jsonb

from tests.fixtures.library import Library

WHEN = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
MOMENT = {
    "id": "0123456789abcdef",
    "start_time": 1.5,
    "end_time": 9.25,
    "title": "The tides – “ebb” and flow",
    "score": 7.5,
    "is_refined": False,
    "parent_id": None,
    "quote": None,
    "reason": None,
    "scores": {"novelty": 0.1},
    "model": "extractive",
    "prompt_version": "3",
}

COLUMNS: dict[str, Any] = {
    "source_url": "https://example.org/talk",
    "title": "Über die Gezeiten \U0001f30a",
    "duration_seconds": 61.033333333333,
    "file_size_kb": 0,
    "video_codec": "h264",
    "audio_codec": "aac",
    "resolution": "1920x1080",
    "frame_rate": 29.97002997002997,
    "created_at": WHEN,
    "relative_path": "2024/talk.mp4",
    "recorded_at": WHEN,
    "description": "Two lines\nwith a\ttab",
    "channel": "Physics",
    "deleted_at": WHEN,
    "media": Jsonb({"chapters": [], "audio_stream": 1, "unknown_field": [1, None]}),
    "playback_state": "original",
    "language": "de",
    "tags": ["física", "sea"],
    "is_favorite": True,
    "watch_position": 12.125,
    "last_watched_at": WHEN,
}
"""A value for each column that a sidecar contains, except those of its object."""


def add_video(library: Library, identifier: str, content: bytes | None = None, **columns: Any) -> int:
    """Insert a row whose object exists; return its number."""
    content = identifier.encode() if content is None else content
    path = f"videos/{identifier}/{identifier}.mp4"
    library.put(path, content)
    values = {
        "identifier": identifier,
        "cloud_url": f"gs://{library.bucket}/{path}",
        "size_bytes": len(content),
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        **columns,
    }
    return int(insert(library, "videos", values, returning="id"))


def insert(library: Library, table: str, values: dict[str, Any], *, returning: str | None = None) -> Any:
    names = ", ".join(values)
    places = ", ".join(["%s"] * len(values))
    statement = f"INSERT INTO {table} ({names}) VALUES ({places})"
    with library.connection() as connection:
        if returning is None:
            return connection.execute(statement.encode(), list(values.values()))
        row = connection.execute(f"{statement} RETURNING {returning}".encode(), list(values.values()))
        found = row.fetchone()
        assert found is not None
        return found[0]


def mark(identifier: str, number: int = 0, **values: Any) -> dict[str, Any]:
    moment_id = f"{number:016x}"
    moment = Jsonb(MOMENT | {"id": moment_id})
    return {"video_identifier": identifier, "moment_id": moment_id, "moment": moment} | values


def change(identifier: str, text: str = "teh") -> dict[str, Any]:
    record = {"fields": {}, "segments": [{"at": 0, "before": [{"text": text}], "after": []}], "words": []}
    return {"video_identifier": identifier, "action": "correct", "change": Jsonb(record)}


def chapter(video_id: int, number: int = 0, source: str = "user") -> dict[str, Any]:
    times = {"start_time": number * 10.0, "end_time": number * 10.0 + 10}
    return {"video_id": video_id, "number": number, "title": f"Part {number}", "source": source} | times


def feedback(video_id: int) -> dict[str, Any]:
    times = {"start_time": 1.5, "end_time": 9.25, "created_at": WHEN}
    scores = Jsonb({"novelty": 0.1})
    return {"video_id": video_id, "moment_id": "0" * 16, "action": "kept", "scores": scores} | times


def export(library: Library, video_id: int, identifier: str, state: str = "completed") -> dict[str, Any]:
    export_id = f"{video_id:032x}"
    return {
        "id": export_id,
        "video_id": video_id,
        "moment_id": "0" * 16,
        "start_time": 1.5,
        "end_time": 9.25,
        "title": "Ebb",
        "options": Jsonb({"format": "9:16"}),
        "cache_key": f"{video_id:064x}",
        "state": state,
        "percent": 100,
        "filename": "Ebb.mp4",
        "gcs_path": f"exports/{identifier}/{export_id}/abc.mp4",
        "size_bytes": 5,
        "duration_seconds": 7.75,
        "created_at": WHEN,
        "started_at": WHEN,
        "finished_at": WHEN,
    }


def fill(library: Library, identifier: str, **columns: Any) -> int:
    """Add a video with rows of every kind; return its number."""
    number = add_video(library, identifier, **COLUMNS | columns)
    insert(library, "moment_marks", mark(identifier, 0, rating=4, title="Mine", updated_at=WHEN))
    deleted = {"is_deleted": True, "deleted_at": WHEN, "updated_at": WHEN, "is_edited": True}
    insert(library, "moment_marks", mark(identifier, 1, replaces=["0" * 16], **deleted))
    insert(library, "transcript_changes", change(identifier, "first"))
    insert(library, "transcript_changes", change(identifier, "second"))
    for part in range(2):
        insert(library, "chapters", chapter(number, part))
    insert(library, "moment_feedback", feedback(number))
    insert(library, "exports", export(library, number, identifier))
    return number
