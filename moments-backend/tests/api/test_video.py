"""`GET /api/videos/{video_id}`."""

from datetime import UTC, datetime

import httpx
import pytest

from tests.api.support.rows import add_row, problem, video_path
from tests.fixtures.library import Library


async def test_video_has_all_metadata(client: httpx.AsyncClient, library: Library) -> None:
    add_row(
        library,
        "talk",
        title="A talk",
        duration_seconds=12.5,
        file_size_kb=48831,
        video_codec="h264",
        audio_codec="aac",
        resolution="1920x1080",
        frame_rate=29.97,
        size_bytes=50_003_000,
        recorded_at=datetime(2024, 1, 31, 14, 22, 33, tzinfo=UTC),
        channel="Harbour films",
        relative_path="2024/tides/talk.mp4",
        description="About the tides.",
    )
    (listed,) = (await client.get("/api/videos")).json()
    assert (await client.get("/api/videos/talk")).json() == listed | {
        "file_size_kb": 48831,
        "video_codec": "h264",
        "audio_codec": "aac",
        "resolution": "1920x1080",
        "frame_rate": 29.97,
        "size_bytes": 50_003_000,
        "recorded_at": "2024-01-31T14:22:33+00:00",
        "channel": "Harbour films",
        "folder": "2024/tides",
        "description": "About the tides.",
        "language": None,
        "tags": [],
        "is_favorite": False,
        "watch_position": None,
        "last_watched_at": None,
        "location": "bucket",
        "audio_streams": [],
        "playback": {
            "source": "original",
            "state": "ready",
            "percent": 100.0,
            "reason": None,
            "url": "/api/videos/talk/stream",
        },
    }


UNKNOWN = ("nobody", "Talk", "talk ", "x" * 256, "é" * 5_000, "..", "\udcff", "%", "a'b\"c", "-1", "null")


@pytest.mark.parametrize(
    "rest", [(), ("stream",), ("thumbnail",), ("storyboard.vtt",), ("url",)], ids="/".join
)
async def test_unknown_id_is_404(client: httpx.AsyncClient, library: Library, rest: tuple[str, ...]) -> None:
    add_row(library, "talk")
    for identifier in UNKNOWN:
        raw = identifier.encode("utf-8", "surrogateescape")
        path = "/".join(["/api/videos", "".join(f"%{byte:02X}" for byte in raw), *rest])
        problem(await client.get(path), 404, "video-not-found")
    can_delete = rest in {(), ("thumbnail",)}
    problem(
        await client.delete(path),
        404 if can_delete else 405,
        "video-not-found" if can_delete else "method-not-allowed",
    )


@pytest.mark.parametrize("rest", [(), ("stream",), ("thumbnail",), ("url",)], ids="/".join)
async def test_nul_is_rejected(client: httpx.AsyncClient, rest: tuple[str, ...]) -> None:
    problem(await client.get(video_path("a\0b", *rest)), 422, "invalid-request")
    assert (await client.delete(video_path("a\0b"))).status_code == 422


async def test_unknown_subpath_is_404(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/videos/a%2Fb"), 404, "not-found")
    problem(await client.get("/api/videos/"), 404, "not-found")
