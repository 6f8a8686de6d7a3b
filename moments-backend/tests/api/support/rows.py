"""Rows of the table `videos`, and assertions on problems."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from tests.fixtures.library import Library

EPOCH = datetime(2026, 2, 8, 10, 0, 0, 123456, tzinfo=UTC)
PROBLEM = "application/problem+json"


def add_row(library: Library, identifier: str, *, filename: str | None = None, **columns: Any) -> None:
    """Insert a row as the migration does, with `columns` replaced."""
    name = filename or f"{identifier}.mp4"
    values = {
        "identifier": identifier,
        "cloud_url": f"gs://{library.bucket}/videos/{identifier}/{name}",
        "created_at": EPOCH,
    } | columns
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    library.execute(f"INSERT INTO videos ({names}) VALUES ({places})", *values.values())


def add_transcript(library: Library, name: str, language: str, *texts: str) -> None:
    """Insert an indexed transcript with a segment for each text."""
    library.execute(
        "INSERT INTO transcripts (video_id, language, document_md5)"
        " SELECT id, %s, md5(%s) FROM videos WHERE identifier = %s",
        language,
        " ".join(texts),
        name,
    )
    for number, text in enumerate(texts):
        library.execute(
            "INSERT INTO transcript_segments (video_id, number, start_time, end_time, text, language)"
            " SELECT id, %s, 0, 1, %s, %s FROM videos WHERE identifier = %s",
            number,
            text,
            language,
            name,
        )


def add_rows(library: Library, count: int) -> list[str]:
    """Insert rows, a second apart; return their identifiers, newest first."""
    library.execute(
        "INSERT INTO videos (identifier, cloud_url, title, duration_seconds, created_at)"
        " SELECT 'talk-' || n, 'gs://' || %s || '/videos/talk-' || n || '/talk-' || n || '.mp4',"
        " CASE WHEN n %% 2 = 0 THEN 'Title ' || n END, n, %s::timestamptz + n * interval '1 second'"
        " FROM generate_series(1, %s) n",
        library.bucket,
        EPOCH,
        count,
    )
    return [f"talk-{n}" for n in range(count, 0, -1)]


def seconds(count: int) -> datetime:
    return EPOCH + timedelta(seconds=count)


def video_path(identifier: str, *rest: str) -> str:
    return "/".join(["/api/videos", quote(identifier, safe=""), *rest])


def problem(response: httpx.Response, status: int, name: str) -> dict[str, Any]:
    """Assert that the response is this problem, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    found: dict[str, Any] = response.json()
    assert found["type"] == f"urn:videomoments:error:{name}"
    assert found["status"] == status
    assert found["detail"]
    assert found["title"]
    assert isinstance(found["retryable"], bool)
    return found
