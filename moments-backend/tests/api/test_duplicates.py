"""`/api/duplicates`."""

import asyncio
from typing import Any

import httpx
import numpy as np
import pytest

from app.api.params.cursor import encode_values
from app.media.frame_hash import FRAME_HASH, VERSION
from app.services.container import ApiContainer
from app.services.duplicates.hashing import FrameHasher
from tests.api.support.rows import add_row, add_rows, problem
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

MD5 = "0" * 32
DISMISSED = "/api/duplicates/dismissed"


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


async def add_moment(
    client: httpx.AsyncClient, video: str, start: float, seconds: float, title: str = "Moment"
) -> str:
    """Add a moment and return its id."""
    moment = {"start_time": start, "end_time": start + seconds, "title": title}
    response = await client.post(f"/api/videos/{video}/moments", json=moment)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def merge(client: httpx.AsyncClient) -> dict[str, Any]:
    """Merge `small` into `large`."""
    response = await client.post("/api/duplicates/merge", json={"keep": "large", "remove": ["small"]})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def fill_marks(library: Library) -> None:
    library.execute(
        "UPDATE videos SET tags = '{Physics,two}', is_favorite = true, source_url = 'https://example.org/v',"
        " watch_position = 77, last_watched_at = now(), description = 'Long', recorded_at = now()"
        " WHERE identifier = 'small'"
    )
    library.execute("UPDATE videos SET tags = '{physics}' WHERE identifier = 'large'")


def snapshot(library: Library) -> list[Any]:
    """Return the videos, edits of moments, indexed moments and feedback, without times of changes."""
    tables = ("videos", "moment_marks", "moment_titles", "moment_details", "moment_feedback")
    with library.connection() as connection:
        return [
            connection.execute(
                f"SELECT to_jsonb(t) - 'updated_at' - 'id' FROM {table} t ORDER BY 1"
            ).fetchall()
            for table in tables
        ]


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


async def test_groups_count_moments(client: httpx.AsyncClient, copies: None) -> None:
    for start in (20, 40):
        await add_moment(client, "small", start, 10)
    (group,) = (await client.get("/api/duplicates")).json()["groups"]
    assert {video["id"]: video["moments"] for video in group["videos"]} == {"small": 2, "large": 0}


async def test_dismissed_groups_can_be_listed_again(client: httpx.AsyncClient, copies: None) -> None:
    path = "/api/duplicates/dismiss"
    assert (await client.post(path, json={"ids": ["large", "small"]})).status_code == 204
    assert (await client.post(path, json={"ids": ["small", "large"]})).status_code == 204
    assert await groups(client) == []
    problem(await client.post(path, json={"ids": ["small", "small"]}), 422, "invalid-request")
    problem(await client.post(path, json={"ids": ["small", "nope"]}), 404, "video-not-found")
    (pair,) = (await client.get(DISMISSED)).json()["pairs"]
    assert [video["title"] for video in pair["videos"]] == ["Small", "Large"]

    for _ in range(2):
        response = await client.delete(DISMISSED, params={"id": ["large", "small"]})
        assert response.status_code == 204
    assert (await client.get(DISMISSED)).json() == {"pairs": [], "total": 0}
    assert await groups(client) == [("similar", "large", ["small", "large"])]


async def test_dismissed_pairs_are_paged(client: httpx.AsyncClient, library: Library, copies: None) -> None:
    names = ["small", "large", "other"]
    await client.post("/api/duplicates/dismiss", json={"ids": names})
    pages, address = [], f"{DISMISSED}?limit=2"
    while address:
        response = await client.get(address)
        assert response.json()["total"] == 3
        pages.append([[video["id"] for video in pair["videos"]] for pair in response.json()["pairs"]])
        address = response.links.get("next", {}).get("url", "")
    assert pages == [[["large", "other"], ["small", "other"]], [["small", "large"]]]
    await client.delete("/api/videos/other")
    page = (await client.get(DISMISSED)).json()
    assert (len(page["pairs"]), page["total"]) == (1, 1)
    response = await client.delete(DISMISSED, params={"id": names[:2]})
    assert response.status_code == 204
    await client.post("/api/trash/other/restore")
    assert (await client.get(DISMISSED)).json()["total"] == 2


@pytest.mark.parametrize(
    "query",
    [
        "",
        "id=small",
        "id=small&id=small",
        "id=small&id=sm%00all",
        f"id=small&id={'x' * 256}",
        "&".join(f"id={number}" for number in range(51)),
    ],
)
async def test_invalid_pairs_are_refused(client: httpx.AsyncClient, copies: None, query: str) -> None:
    problem(await client.delete(f"{DISMISSED}?{query}"), 422, "invalid-request")


@pytest.mark.parametrize(
    "values",
    [
        ("2026-01-01T00:00:00+00:00", "1"),
        ("2026-01-01T00:00:00+00:00", "1-2-3"),
        ("2026-01-01T00:00:00+00:00", f"1-{2**31}"),
        ("2026-01-01T00:00:00+00:00", "1--2"),
        ("2026-01-01T00:00:00+00:00", f"1-{'9' * 5000}"),
        ("never", "1-2"),
    ],
    ids=["one", "three", "large", "negative", "huge", "time"],
)
async def test_damaged_cursors_are_refused(client: httpx.AsyncClient, values: tuple[str, str]) -> None:
    response = await client.get(DISMISSED, params={"cursor": encode_values(*values)})
    problem(response, 422, "invalid-request")


async def test_merge_keeps_marks(client: httpx.AsyncClient, library: Library, copies: None) -> None:
    fill_marks(library)
    await add_moment(client, "small", 20, 30, "The proof")
    merged = await merge(client)
    assert merged | {"operation": ""} == {
        "operation": "",
        "keep": "large",
        "trashed": ["small"],
        "moments": 1,
    }
    row = library.rows()["large"]
    assert (row["tags"], row["is_favorite"], row["watch_position"]) == (["physics", "two"], True, 77)
    assert row["source_url"] == "https://example.org/v"
    (copied,) = (await client.get("/api/videos/large/moments")).json()
    assert (copied["start_time"], copied["end_time"], copied["title"]) == (20, 50, "The proof")
    assert await groups(client) == []
    body = {"keep": "large", "remove": ["small"]}
    problem(await client.post("/api/duplicates/merge", json=body), 404, "video-not-found")
    latest = (await client.get("/api/bulk")).json()
    assert [(found["id"], found["action"]) for found in latest] == [(merged["operation"], "merge")]
    assert (await client.post("/api/trash/small/restore")).status_code == 204
    assert await groups(client) == [("similar", "large", ["small", "large"])]


async def test_undone_merge_restores_everything(
    client: httpx.AsyncClient, library: Library, copies: None
) -> None:
    fill_marks(library)
    await add_moment(client, "small", 20, 30, "The proof")
    rated = await add_moment(client, "small", 100, 10, "Rated")
    await client.patch(f"/api/videos/small/moments/{rated}", json={"rating": 5})
    own = await add_moment(client, "large", 100, 10, "Mine")
    hidden = await add_moment(client, "large", 20, 30, "Deleted")
    await client.patch(f"/api/videos/large/moments/{own}", json={"rating": 2})
    await client.delete(f"/api/videos/large/moments/{hidden}")
    before = snapshot(library)
    merged = await merge(client)
    assert merged["moments"] == 2
    assert snapshot(library) != before
    expected = {"keep": "large", "restored": ["small"], "moments": 2}
    for _ in range(2):
        response = await client.post(f"/api/duplicates/merge/{merged['operation']}/undo")
        assert (response.status_code, response.json()) == (200, expected)
        assert snapshot(library) == before
    (moment,) = (await client.get("/api/videos/large/moments")).json()
    assert (moment["title"], moment["rating"]) == ("Mine", 2)
    assert await groups(client) == [("similar", "large", ["small", "large"])]
    assert (await merge(client))["moments"] == 2


async def test_undone_merge_removes_added_moments(
    client: httpx.AsyncClient, library: Library, copies: None
) -> None:
    moment = await add_moment(client, "small", 20, 30)
    await client.patch(f"/api/videos/small/moments/{moment}", json={"rating": 5})
    before = snapshot(library)
    merged = await merge(client)
    await client.post(f"/api/duplicates/merge/{merged['operation']}/undo")
    assert snapshot(library) == before


async def test_undo_keeps_later_changes(client: httpx.AsyncClient, library: Library, copies: None) -> None:
    fill_marks(library)
    await add_moment(client, "small", 20, 30, "The proof")
    await add_moment(client, "small", 100, 10, "Other")
    merged = await merge(client)
    (first, _) = (await client.get("/api/videos/large/moments")).json()
    await client.patch(f"/api/videos/large/moments/{first['id']}", json={"title": "Changed"})
    await client.patch("/api/videos/large", json={"tags": ["Two", "Physics", "new"], "title": "Own"})
    await client.put("/api/videos/large/progress", json={"position": 5})
    response = await client.post(f"/api/duplicates/merge/{merged['operation']}/undo")
    assert response.json()["moments"] == 1
    row = library.rows()["large"]
    assert (row["tags"], row["title"], row["watch_position"]) == (["Physics", "new"], "Own", 5)
    assert (row["is_favorite"], row["source_url"]) == (False, None)
    kept = (await client.get("/api/videos/large/moments")).json()
    assert [moment["title"] for moment in kept] == ["Changed"]


async def test_merge_of_deleted_videos_is_not_undone(
    client: httpx.AsyncClient, library: Library, copies: None
) -> None:
    add_row(library, "again", duration_seconds=600, size_bytes=5, md5=MD5)
    fill_marks(library)
    body = {"keep": "large", "remove": ["small", "again"]}
    merged = (await client.post("/api/duplicates/merge", json=body)).json()
    path = f"/api/duplicates/merge/{merged['operation']}/undo"
    await client.delete("/api/trash/again")
    problem(await client.post(path), 409, "merge-not-undoable")
    assert library.rows()["large"]["tags"] == ["physics", "two"]
    await client.delete("/api/videos/large?permanent=true")
    problem(await client.post(path), 404, "bulk-operation-not-found")
    assert [row for row in (await client.get("/api/bulk")).json() if row["action"] == "merge"] == []
    other = (await client.post("/api/videos/bulk", json={"ids": ["other"], "action": "favorite"})).json()
    problem(await client.post(f"/api/duplicates/merge/{other['id']}/undo"), 404, "bulk-operation-not-found")
    problem(await client.post("/api/duplicates/merge/x/undo"), 422, "invalid-request")


async def test_concurrent_undos_restore_once(
    client: httpx.AsyncClient, library: Library, copies: None
) -> None:
    await add_moment(client, "small", 20, 30)
    before = snapshot(library)
    merged = await merge(client)
    path = f"/api/duplicates/merge/{merged['operation']}/undo"
    responses = await asyncio.gather(*(client.post(path) for _ in range(4)))
    assert {response.status_code for response in responses} == {200}
    assert snapshot(library) == before


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
