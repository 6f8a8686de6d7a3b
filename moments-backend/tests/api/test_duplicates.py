"""`/api/duplicates`."""

from typing import Any

import httpx
import numpy as np
import pytest

from app.media.frame_hash import FRAME_HASH, VERSION
from app.services.container import ApiContainer
from app.services.duplicates.hashing import FrameHasher
from tests.api.support.rows import add_row, add_rows, problem
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

MD5 = "0" * 32


def add_hashes(library: Library, identifier: str, *, seed: int, bits: int = 0, start: int = 0) -> None:
    """Store hashes of 60 random pictures, 10 s apart, from the picture `start` on."""
    random = np.random.default_rng(seed)
    hashes = random.integers(0, 2**63, 60, dtype=np.uint64)[start:]
    for bit in range(bits):
        hashes = hashes ^ np.uint64(1 << bit)
    frames = np.zeros(len(hashes), FRAME_HASH)
    frames["hash"], frames["milliseconds"] = hashes, np.arange(len(hashes)) * 10_000
    library.execute(
        "INSERT INTO frame_hashes (video_id, version, hashes) SELECT id, %s, %s FROM videos"
        " WHERE identifier = %s",
        VERSION,
        frames.tobytes(),
        identifier,
    )


async def groups(client: httpx.AsyncClient) -> list[tuple[str, str, list[str]]]:
    found = (await client.get("/api/duplicates")).json()["groups"]
    return [(group["kind"], group["keep"], [video["id"] for video in group["videos"]]) for group in found]


@pytest.fixture
def copies(library: Library) -> None:
    """Add the videos `large` and `small` with the same pictures, and another one."""
    add_row(library, "small", duration_seconds=600, resolution="640x360", size_bytes=5, md5=MD5)
    add_row(library, "large", duration_seconds=600, resolution="1920x1080", size_bytes=9)
    add_row(library, "other", duration_seconds=600)
    for name, seed, bits in (("small", 1, 0), ("large", 1, 4), ("other", 2, 0)):
        add_hashes(library, name, seed=seed, bits=bits)


async def test_lists_same_bytes_and_same_pictures(
    client: httpx.AsyncClient, library: Library, copies: None
) -> None:
    add_row(library, "again", duration_seconds=600, size_bytes=5, md5=MD5)
    assert await groups(client) == [
        ("same", "small", ["small", "again"]),
        ("similar", "large", ["small", "large"]),
    ]
    listed = (await client.get("/api/duplicates")).json()
    assert (listed["total"], listed["removable_bytes"], listed["pending"]) == (2, 10, 1)
    await client.delete("/api/videos/again")
    assert await groups(client) == [("similar", "large", ["small", "large"])]


async def test_many_copies_are_one_group(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 2000)
    library.execute("UPDATE videos SET md5 = %s, size_bytes = 5", MD5)
    ((kind, keep, members),) = await groups(client)
    assert (kind, keep, len(set(members))) == ("same", "talk-1", 2000)


async def test_dismissed_groups_are_not_listed_again(client: httpx.AsyncClient, copies: None) -> None:
    path = "/api/duplicates/dismiss"
    assert (await client.post(path, json={"ids": ["large", "small"]})).status_code == 204
    assert (await client.post(path, json={"ids": ["small", "large"]})).status_code == 204
    assert await groups(client) == []
    problem(await client.post(path, json={"ids": ["small", "small"]}), 422, "invalid-request")
    problem(await client.post(path, json={"ids": ["small", "nope"]}), 404, "video-not-found")


async def test_merge_keeps_marks_and_can_be_undone(
    client: httpx.AsyncClient, library: Library, copies: None
) -> None:
    library.execute(
        "UPDATE videos SET tags = '{Physics,two}', is_favorite = true, source_url = 'https://example.org/v',"
        " watch_position = 77, last_watched_at = now() WHERE identifier = 'small'"
    )
    library.execute("UPDATE videos SET tags = '{physics}' WHERE identifier = 'large'")
    moment = {"start_time": 20, "end_time": 50, "title": "The proof"}
    assert (await client.post("/api/videos/small/moments", json=moment)).status_code == 201
    body = {"keep": "large", "remove": ["small"]}
    merged = (await client.post("/api/duplicates/merge", json=body)).json()
    assert merged == {"keep": "large", "trashed": ["small"], "moments": 1}
    row = library.rows()["large"]
    assert (row["tags"], row["is_favorite"], row["watch_position"]) == (["physics", "two"], True, 77)
    assert row["source_url"] == "https://example.org/v"
    (copied,) = (await client.get("/api/videos/large/moments")).json()
    assert (copied["start_time"], copied["end_time"], copied["title"]) == (20, 50, "The proof")
    assert await groups(client) == []
    problem(await client.post("/api/duplicates/merge", json=body), 404, "video-not-found")
    assert (await client.post("/api/trash/small/restore")).status_code == 204
    assert await groups(client) == [("similar", "large", ["small", "large"])]


INVALID: tuple[dict[str, Any], ...] = (
    {"keep": "small", "remove": ["small"]},
    {"keep": "small", "remove": ["large", "large"]},
    {"keep": "small", "remove": []},
    {"keep": "sm\0all", "remove": ["large"]},
)


@pytest.mark.parametrize("body", INVALID, ids=map(str, range(len(INVALID))))
async def test_invalid_merges_are_refused(
    client: httpx.AsyncClient, copies: None, body: dict[str, Any]
) -> None:
    problem(await client.post("/api/duplicates/merge", json=body), 422, "invalid-request")


@pytest.mark.slow
async def test_worker_reads_the_frames_of_all_videos(
    client: httpx.AsyncClient, container: ApiContainer, library: Library
) -> None:
    video = make_video(library.folder / "talk.mp4", seconds=3)
    add_row(library, "talk", size_bytes=video.stat().st_size, duration_seconds=3)
    add_row(library, "lost", duration_seconds=3)
    hasher = FrameHasher(container.settings, container.uploader)
    assert await hasher.hash_missing() == 2
    assert (await client.get("/api/duplicates")).json()["pending"] == 0
    with library.connection() as connection:
        rows = connection.execute(
            "SELECT identifier, length(hashes) FROM frame_hashes JOIN videos ON id = video_id ORDER BY 1"
        ).fetchall()
    assert rows[0] == ("lost", 0)
    assert rows[1][1] % FRAME_HASH.itemsize == 0 < rows[1][1]
    assert await hasher.hash_missing() == 0
