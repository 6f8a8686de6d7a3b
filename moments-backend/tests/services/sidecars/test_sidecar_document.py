"""Sidecars: content of rows, and refusal of documents that this program did not write."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import InvalidSidecarError, SidecarVersionError
from app.database.models import Video
from app.models.sidecar import MAX_SIDECAR_BYTES, Sidecar
from app.repositories import video_db_repository
from app.services.sidecars import build, parse
from tests.fixtures.library import Library
from tests.services.sidecars.support import library_rows

NAME = "videos/talk/talk.json"
SMALLEST: dict[str, Any] = {
    "schema_version": 1,
    "identifier": "talk",
    "object": {"name": "talk.mp4"},
    "video": {"created_at": "2024-05-06T07:08:09Z"},
}


def encoded(**changes: Any) -> bytes:
    return json.dumps(SMALLEST | changes).encode()


def with_video(**changes: Any) -> bytes:
    return encoded(video=SMALLEST["video"] | changes)


async def built(session: AsyncSession, identifier: str) -> Sidecar:
    video = await video_db_repository.get_by_identifier(session, identifier, include_deleted=True)
    assert video is not None
    return await build(session, video)


async def test_every_kind_of_row_survives(library: Library, session: AsyncSession) -> None:
    library_rows.fill(library, "talk")
    sidecar = await built(session, "talk")
    assert parse(sidecar.encode(), NAME) == sidecar
    assert sidecar.video.tags == ["física", "sea"]
    assert sidecar.video.media == {"chapters": [], "audio_stream": 1, "unknown_field": [1, None]}
    assert [mark.is_deleted for mark in sidecar.marks] == [False, True]
    assert [one.change["segments"][0]["before"][0]["text"] for one in sidecar.corrections] == [
        "first",
        "second",
    ]
    counts = [len(part) for part in (sidecar.chapters, sidecar.feedback, sidecar.exports)]
    assert counts == [2, 1, 1]


async def test_equal_rows_give_equal_bytes(library: Library, session: AsyncSession) -> None:
    library_rows.fill(library, "talk")
    first = (await built(session, "talk")).encode()
    await session.connection()
    await session.rollback()
    assert (await built(session, "talk")).encode() == first


def test_each_column_is_in_the_sidecar_or_left_out_on_purpose() -> None:
    left_out = {"id", "verified_at", "verification_error", "purge_scope"}
    of_object = {"identifier", "cloud_url", "size_bytes", "md5"}
    generated = {column.name for column in Video.__table__.columns if column.computed is not None}
    columns = {column.name for column in Video.__table__.columns} - left_out - of_object - generated
    assert columns == set(library_rows.COLUMNS)
    assert columns == set(type(parse(encoded(), NAME).video).model_fields)


async def test_older_texts_are_cleaned(library: Library, session: AsyncSession) -> None:
    library_rows.add_video(library, "talk", title="a\u202eb", channel="x\x07y", description="c\x08d")
    sidecar = await built(session, "talk")
    assert (sidecar.video.title, sidecar.video.channel, sidecar.video.description) == ("ab", "x y", "cd")


async def test_unknown_durations_become_null(library: Library, session: AsyncSession) -> None:
    library_rows.add_video(library, "talk", duration_seconds=float("nan"))
    assert (await built(session, "talk")).video.duration_seconds is None


async def test_only_the_newest_undo_steps_are_kept(library: Library, session: AsyncSession) -> None:
    library_rows.add_video(library, "talk")
    for letter in "abc":
        library_rows.insert(library, "transcript_changes", library_rows.change("talk", letter * 3_500_000))
    kept = (await built(session, "talk")).corrections
    assert [one.change["segments"][0]["before"][0]["text"][0] for one in kept] == ["b", "c"]


def test_missing_fields_get_defaults() -> None:
    sidecar = parse(encoded(), NAME)
    assert sidecar.video.created_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert (sidecar.video.tags, sidecar.marks, sidecar.object.md5) == ([], [], None)


def test_unknown_fields_are_ignored() -> None:
    assert parse(encoded(later={"a": 1}), NAME) == parse(encoded(), NAME)


def test_a_newer_version_is_refused() -> None:
    with pytest.raises(SidecarVersionError, match="schema version 2") as caught:
        parse(encoded(schema_version=2, video="changed"), NAME)
    assert "upgrade" in (caught.value.remedy or "")


BROKEN = {
    "empty": b"",
    "not json": b"\x00\x01\x02",
    "not utf-8": b'{"a": "\xff"}',
    "a list": b"[]",
    "deeply nested": b"[" * 100_000,
    "not a number": encoded().replace(b'"talk.mp4"', b"NaN"),
    "no version": json.dumps({"identifier": "talk"}).encode(),
    "version as text": encoded(schema_version="1"),
    "version zero": encoded(schema_version=0),
    "nul in the title": with_video(title="a\0b"),
    "surrogate in the title": with_video(title="a\ud800b"),
    "control in the title": with_video(title="a\x1bb"),
    "override in the title": with_video(title="a\u202eb"),
    "long title": with_video(title="a" * 501),
    "nul in a media fact": with_video(media={"format": "a\0"}),
    "surrogate in a key": with_video(media={"\udfff": 1}),
    "infinite number in a media fact": with_video(media={"x": 1}).replace(b'{"x": 1}', b'{"x": 1e999}'),
    "path to the outside": with_video(relative_path="../../etc/passwd"),
    "absolute path": with_video(relative_path="/etc/passwd"),
    "object in another folder": encoded(object={"name": "../other/other.mp4"}),
    "identifier with a folder": encoded(identifier="a/b"),
    "negative size": encoded(object={"name": "talk.mp4", "size_bytes": -1}),
    "md5 in capitals": encoded(object={"name": "talk.mp4", "md5": "A" * 32}),
    "unknown playback state": with_video(playback_state="perfect"),
    "time before the calendar in UTC": with_video(created_at="0001-01-01T00:00:00+14:00"),
    "deadline after the calendar": with_video(deleted_at="9999-12-31T00:00:00Z"),
    "huge number in a media fact": with_video(media={"x": 2**63}),
    "time without a zone": with_video(created_at="2024-05-06T07:08:09"),
    "impossible position": with_video(watch_position=-1),
    "moment without an id": encoded(
        marks=[{"moment_id": "0" * 16, "moment": {}, "updated_at": "2024-01-01T00:00:00Z"}]
    ),
    "unknown link": with_video(source_url="javascript:alert(1)"),
    "too large": b" " * (MAX_SIDECAR_BYTES + 1),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_broken_documents_are_refused_by_name(content: bytes) -> None:
    with pytest.raises(InvalidSidecarError, match=NAME) as caught:
        parse(content, NAME)
    assert caught.value.remedy
