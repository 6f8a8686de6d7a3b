"""Edits of moments: keep, rate, rename, trim, add, delete and restore."""

import asyncio

import httpx
import pytest

from app.core.config import Settings
from app.services.moments.documents import VideoDocumentStores
from app.services.moments.edit_session import MAX_EDITS
from tests.api.conftest import running
from tests.api.support.moments import EARLY, LATE, REFINED, UNKNOWN, changed, clips, created, path, shown
from tests.api.support.rows import problem, video_path
from tests.api.support.runs import MOMENT_IDS, moments
from tests.fixtures.library import Library


async def test_number_of_edits_is_limited(client: httpx.AsyncClient, talk: Library) -> None:
    """Trimming again and again would make every list of the moments longer."""
    await changed(client, EARLY, rating=4)
    talk.execute(
        "INSERT INTO moment_marks (video_identifier, moment_id, moment, is_deleted, is_purged)"
        " SELECT 'talk', lpad(to_hex(n + 1000), 16, '0'), '{\"start_time\": 9, \"end_time\": 10}', true, true"
        " FROM generate_series(1, %s) n",
        MAX_EDITS - 1,
    )
    found = problem(await client.patch(path(LATE), json={"rating": 4}), 409, "too-many-edits")
    assert "2000 edited" in found["detail"]
    problem(await client.delete(path(LATE)), 409, "too-many-edits")
    assert (await client.patch(path(EARLY), json={"rating": 5})).status_code == 200


async def test_moment_is_rated_kept_and_renamed(client: httpx.AsyncClient, talk: Library) -> None:
    before = (await shown(client))[EARLY]
    assert (before["rating"], before["is_kept"], before["is_edited"]) == (None, False, False)
    assert await changed(client, EARLY, rating=4) == before | {"rating": 4}
    assert await changed(client, EARLY, is_kept=True, title="Mine") == before | {
        "rating": 4,
        "is_kept": True,
        "title": "Mine",
    }
    assert (await changed(client, EARLY, rating=None, is_kept=False))["rating"] is None
    assert await changed(client, EARLY) == before | {"title": "Mine"}


async def test_added_moment_is_kept_and_survives_runs(
    client: httpx.AsyncClient, talk: Library, documents: VideoDocumentStores
) -> None:
    own = await created(client)
    assert (own["start_time"], own["end_time"], own["title"]) == (60, 63, "The moon")
    assert (own["is_kept"], own["is_refined"], own["quote"], own["model"]) == (
        True,
        False,
        "The moon pulls.",
        "user",
    )
    assert (await shown(client))[own["id"]] == own
    await documents.moments.write("talk", [])
    assert await shown(client) == {own["id"]: own}
    assert await changed(client, own["id"], title="Mine") == own | {"title": "Mine"}
    assert (await client.delete(path(own["id"]))).status_code == 204
    assert await shown(client) == {}
    assert await created(client) == own


async def test_same_range_is_added_once(client: httpx.AsyncClient, talk: Library) -> None:
    own = await created(client)
    assert await created(client, title="Another title") == own | {"title": "Another title"}
    assert len(await shown(client)) == len(MOMENT_IDS) + 1


@pytest.mark.parametrize(
    "change",
    [
        {"end_time": 60.5},
        {"end_time": 59},
        {"end_time": 100.6},
        {"start_time": -1},
        {"title": ""},
        {"title": "a\0b"},
        {"title": None},
        {"id": LATE},
    ],
)
async def test_invalid_moments_are_not_added(
    client: httpx.AsyncClient, talk: Library, change: dict[str, object]
) -> None:
    moment = {"start_time": 60, "end_time": 63, "title": "The moon"} | change
    problem(await client.post(video_path("talk", "moments"), json=moment), 422, "invalid-request")
    assert set(await shown(client)) == set(MOMENT_IDS)


async def test_times_are_finite_and_in_the_video(client: httpx.AsyncClient, talk: Library) -> None:
    talk.execute("UPDATE videos SET duration_seconds = NULL")
    headers = {"content-type": "application/json"}
    for end in ("NaN", "Infinity", "1e400", "1e308", "1000001", "-1"):
        body = f'{{"start_time": 0, "end_time": {end}, "title": "x"}}'
        added = await client.post(video_path("talk", "moments"), content=body, headers=headers)
        trimmed = await client.patch(path(EARLY), content=f'{{"end_time": {end}}}', headers=headers)
        assert (added.status_code, trimmed.status_code) == (422, 422), end
    assert set(await shown(client)) == set(MOMENT_IDS)


async def test_moment_needs_a_registered_video(client: httpx.AsyncClient, talk: Library) -> None:
    moment = {"start_time": 60, "end_time": 63, "title": "The moon"}
    problem(await client.post(video_path("another", "moments"), json=moment), 404, "video-not-found")


async def test_refined_moment_shares_edits_of_its_parent(client: httpx.AsyncClient, talk: Library) -> None:
    await changed(client, REFINED, rating=5)
    now = await shown(client)
    assert (now[LATE]["rating"], now[REFINED]["rating"], now[EARLY]["rating"]) == (5, 5, None)


async def test_trimming_creates_a_new_moment(client: httpx.AsyncClient, talk: Library) -> None:
    await changed(client, REFINED, rating=3)
    moved = await changed(client, REFINED, start_time=60, end_time=70.5)
    assert moved["id"] not in MOMENT_IDS
    assert (moved["start_time"], moved["end_time"], moved["title"]) == (60, 70.5, "Why the moon pulls")
    assert (moved["is_edited"], moved["is_kept"], moved["is_refined"], moved["rating"]) == (
        True,
        True,
        False,
        3,
    )
    assert set(await shown(client)) == {EARLY, moved["id"]}
    assert moved["replaces"] == [LATE]
    assert clips(talk) == ({LATE, EARLY}, {LATE, EARLY})
    # Equal boundaries give an equal id; the original boundaries create another moment.
    assert await changed(client, moved["id"], start_time=60) == moved
    again = await changed(client, moved["id"], start_time=59)
    back = await changed(client, again["id"], start_time=60)
    assert back == moved | {"replaces": [again["id"]]}


@pytest.mark.parametrize(("start", "quote"), [(60.0, "The moon pulls."), (61.3, None)])
async def test_quote_is_kept_while_inside_the_range(
    client: httpx.AsyncClient, talk: Library, start: float, quote: str | None
) -> None:
    assert (await changed(client, LATE, start_time=start))["quote"] == quote


async def test_delete_and_restore(client: httpx.AsyncClient, talk: Library) -> None:
    assert (await client.delete(path(REFINED))).status_code == 204
    assert set(await shown(client)) == {EARLY}
    assert clips(talk) == ({LATE, EARLY}, {LATE, EARLY})
    assert (await client.get(video_path("talk", "clips", LATE))).content == b"clip"
    problem(await client.delete(path(LATE)), 404, "not-made-yet")
    problem(await client.patch(path(LATE), json={"rating": 1}), 404, "not-made-yet")
    restored = await client.post(path(LATE, "restore"))
    assert (restored.status_code, restored.json()["id"]) == (200, LATE)
    assert set(await shown(client)) == set(MOMENT_IDS)
    assert (await client.post(path(LATE, "restore"))).json() == restored.json()


async def test_second_concurrent_trim_is_404(client: httpx.AsyncClient, talk: Library) -> None:
    edits = [client.patch(path(EARLY), json={"end_time": 30 + number}) for number in range(6)]
    answers = await asyncio.gather(*edits)
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404, 404]
    assert len(await shown(client)) == 3


async def test_kept_moments_survive_a_new_run(
    client: httpx.AsyncClient, talk: Library, documents: VideoDocumentStores
) -> None:
    await changed(client, EARLY, is_kept=True)
    assert (await client.delete(path(LATE))).status_code == 204
    found_again = [moments()[0], moments()[1].model_copy(update={"id": UNKNOWN, "start_time": 1.0})]
    await documents.moments.write("talk", found_again)
    assert set(await shown(client)) == {EARLY}


@pytest.mark.parametrize(
    "change",
    [
        {"start_time": 19.5},
        {"start_time": 25},
        {"end_time": 100.6},
        {"start_time": -1},
        {"end_time": "soon"},
        {"rating": 0},
        {"rating": 6},
        {"title": ""},
        {"title": "x" * 201},
        {"title": "a\0b"},
        {"id": LATE},
    ],
)
async def test_invalid_changes_are_rejected(
    client: httpx.AsyncClient, talk: Library, change: dict[str, object]
) -> None:
    before = await shown(client)
    found = problem(await client.patch(path(EARLY), json=change), 422, "invalid-request")
    assert found.keys() & {"remedy", "errors"}
    assert await shown(client) == before
    assert clips(talk) == ({LATE, EARLY}, {LATE, EARLY})


async def test_unknown_moment_is_404(client: httpx.AsyncClient, talk: Library) -> None:
    problem(await client.patch(path(UNKNOWN), json={"rating": 1}), 404, "not-made-yet")
    problem(await client.delete(path(UNKNOWN)), 404, "not-made-yet")
    problem(await client.post(path(UNKNOWN, "restore")), 404, "not-made-yet")
    problem(await client.delete(path("x")), 422, "invalid-request")
    problem(await client.get(video_path("another", "moments")), 404, "not-made-yet")


async def test_deleting_the_video_deletes_its_edits(client: httpx.AsyncClient, talk: Library) -> None:
    await changed(client, EARLY, is_kept=True)
    permanently = {"permanent": True}
    assert (await client.delete(video_path("talk"), params=permanently)).status_code == 204
    problem(await client.get(video_path("talk", "moments")), 404, "not-made-yet")


async def test_deleted_moments_stay_hidden_without_database(settings: Settings, talk: Library) -> None:
    nowhere = settings.model_copy(update={"database_url": "postgresql+psycopg://x@127.0.0.1:1/x"})
    async with running(nowhere) as client:
        problem(await client.get(video_path("talk", "moments")), 503, "database-unavailable")
        problem(await client.patch(path(EARLY), json={"rating": 1}), 503, "database-unavailable")
