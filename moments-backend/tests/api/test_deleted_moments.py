"""Deleted moments: the list, their clips, restoring and purging them."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.models.access_scope import AccessScope
from app.services.container import ApiContainer
from app.services.moments.documents import VideoDocumentStores
from tests.api.conftest import running
from tests.api.support.access import audit_rows, bearer, named_key, with_key
from tests.api.support.moments import EARLY, LATE, REFINED, UNKNOWN, changed, clips, created, path, shown
from tests.api.support.rows import problem, video_path
from tests.api.support.runs import MOMENT_IDS, moments
from tests.fixtures.library import Library

DELETED = video_path("talk", "moments", "deleted")


async def deleted(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    response = await client.get(DELETED)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()
    return found


def rows(library: Library) -> dict[str, tuple[bool, bool]]:
    """Return `is_deleted` and `is_purged` by moment."""
    with library.connection() as connection:
        found = connection.execute("SELECT moment_id, is_deleted, is_purged FROM moment_marks").fetchall()
    return {moment_id: (is_deleted, is_purged) for moment_id, is_deleted, is_purged in found}


def age(library: Library, moment_id: str, days: float) -> None:
    library.execute(
        "UPDATE moment_marks SET deleted_at = now() - %s * interval '1 day' WHERE moment_id = %s",
        days,
        moment_id,
    )


async def test_deleted_moments_are_listed(client: httpx.AsyncClient, talk: Library) -> None:
    assert await deleted(client) == []
    await changed(client, EARLY, rating=2, title="High water")
    await client.delete(path(EARLY))
    await client.delete(path(REFINED))
    late, early = await deleted(client)
    assert (late["id"], early["id"], early["title"], early["rating"]) == (LATE, EARLY, "High water", 2)
    assert (early["has_clip"], early["replaced_by"]) == (True, None)
    lasts = datetime.fromisoformat(early["purges_at"]) - datetime.fromisoformat(early["deleted_at"])
    assert lasts == timedelta(days=30)


async def test_trimmed_moments_name_their_replacement(client: httpx.AsyncClient, talk: Library) -> None:
    first = await changed(client, LATE, start_time=62)
    second = await changed(client, first["id"], start_time=63)
    found = {one["id"]: (one["replaced_by"], one["has_clip"]) for one in await deleted(client)}
    assert found == {LATE: (second["id"], True), first["id"]: (second["id"], False)}
    await client.delete(path(second["id"]))
    assert {one["replaced_by"] for one in await deleted(client)} == {None}


async def test_clip_of_a_deleted_moment_is_served(client: httpx.AsyncClient, talk: Library) -> None:
    await client.delete(path(LATE))
    clip = video_path("talk", "clips", LATE)
    assert (await client.get(clip)).content == b"clip"
    assert [one["moment_id"] for one in (await client.get(video_path("talk", "clips"))).json()] == [EARLY]
    (talk.settings.moment_clips_dir / f"talk_{LATE}_clip.mp4").unlink()
    assert (await client.get(clip)).status_code == 307
    assert (await deleted(client))[0]["has_clip"] is True
    assert (await client.post(path(LATE, "restore"))).status_code == 200
    assert await deleted(client) == []
    assert (await client.get(clip)).status_code == 307


async def test_restored_moment_outlives_its_document(
    client: httpx.AsyncClient, talk: Library, documents: VideoDocumentStores
) -> None:
    await client.delete(path(EARLY))
    await documents.moments.write("talk", [])
    restored = (await client.post(path(EARLY, "restore"))).json()
    assert (restored["id"], restored["is_kept"]) == (EARLY, True)
    assert list(await shown(client)) == [EARLY]


async def test_moments_deleted_by_earlier_versions(client: httpx.AsyncClient, talk: Library) -> None:
    """Moments without a clip are not listed; restoring them works as before."""
    await client.delete(path(LATE))
    talk.execute("UPDATE moment_marks SET is_purged = true WHERE is_deleted")
    assert await deleted(client) == []
    assert (await client.post(path(LATE, "restore"))).json()["id"] == LATE
    assert rows(talk) == {LATE: (False, False)}
    await client.delete(path(LATE))
    assert [one["id"] for one in await deleted(client)] == [LATE]


async def test_permanent_deletion_removes_the_clip(
    client: httpx.AsyncClient, talk: Library, documents: VideoDocumentStores
) -> None:
    own = await created(client)
    for moment_id in (REFINED, own["id"]):
        assert (await client.delete(path(moment_id), params={"permanent": True})).status_code == 204
    assert set(await shown(client)) == {EARLY}
    assert await deleted(client) == []
    assert clips(talk) == ({EARLY}, {EARLY})
    assert rows(talk) == {LATE: (True, True)}, "no run finds a moment of the user's own"
    problem(await client.get(video_path("talk", "clips", LATE)), 404, "not-made-yet")
    problem(await client.delete(path(LATE), params={"permanent": True}), 404, "not-made-yet")
    problem(await client.post(path(own["id"], "restore")), 404, "not-made-yet")
    again = [one.model_copy(update={"id": UNKNOWN}) for one in moments()[:1]]
    await documents.moments.write("talk", again)
    assert await shown(client) == {}, "hidden from later runs, also under another id"


async def test_purged_original_cannot_be_reset(client: httpx.AsyncClient, talk: Library) -> None:
    moved = await changed(client, LATE, start_time=62)
    assert (await client.delete(path(LATE), params={"permanent": True})).status_code == 204
    assert (await shown(client))[moved["id"]] == moved | {"replaces": []}
    problem(await client.post(path(moved["id"], "reset")), 409, "nothing-to-reset")


async def test_list_is_emptied(client: httpx.AsyncClient, talk: Library) -> None:
    for moment_id in (LATE, EARLY):
        await client.delete(path(moment_id))
    for _ in range(2):
        assert (await client.delete(DELETED)).status_code == 204
        assert await deleted(client) == []
        assert clips(talk) == (set(), set())
        assert rows(talk) == dict.fromkeys([LATE, EARLY], (True, True))


async def test_old_deletions_become_final(
    client: httpx.AsyncClient, container: ApiContainer, talk: Library
) -> None:
    own = await created(client)
    for moment_id in (LATE, EARLY, own["id"]):
        await client.delete(path(moment_id))
    age(talk, LATE, 30.01)
    age(talk, own["id"], 40)
    age(talk, EARLY, 29.9)
    assert await container.deleted_moments.purge_expired() == 2
    assert await container.deleted_moments.purge_expired() == 0
    assert [one["id"] for one in await deleted(client)] == [EARLY]
    assert clips(talk) == ({EARLY}, {EARLY})
    assert rows(talk) == {LATE: (True, True), EARLY: (True, False)}


@pytest.mark.slow
async def test_unavailable_bucket_purges_nothing(
    client: httpx.AsyncClient, talk: Library, settings: Settings
) -> None:
    await client.delete(path(LATE))
    age(talk, LATE, 31)
    nowhere = settings.model_copy(update={"storage_emulator_host": "http://127.0.0.1:1"})
    async with running(nowhere) as offline:
        problem(await offline.delete(DELETED), 503, "storage-unavailable")
    assert rows(talk) == {LATE: (True, False)}
    assert clips(talk) == ({LATE, EARLY}, {LATE, EARLY})


@pytest.fixture
async def locked(settings: Settings, talk: Library) -> AsyncIterator[httpx.AsyncClient]:
    async with running(with_key(settings)) as client:
        yield client


async def test_only_admins_delete_for_good(locked: httpx.AsyncClient, talk: Library) -> None:
    editor = bearer(await named_key(AccessScope.EDIT))
    for value in ("true", "1", "", "yes"):
        response = await locked.delete(path(LATE), params={"permanent": value}, headers=editor)
        problem(response, 403, "insufficient-scope")
    problem(await locked.delete(DELETED, headers=editor), 403, "insufficient-scope")
    response = await locked.delete(path(LATE), params={"permanent": "false"}, headers=editor)
    assert response.status_code == 204
    admin = bearer(await named_key(AccessScope.ADMIN, "owner"))
    assert (await locked.delete(path(LATE), params={"permanent": "1"}, headers=admin)).status_code == 204
    entries = [row for row in audit_rows(talk) if row["action"] == "moment.delete"]
    assert [(row["target_id"], row["details"].get("permanent")) for row in entries] == [
        (LATE, None),
        (LATE, True),
    ]


async def test_unknown_videos_have_no_deleted_moments(client: httpx.AsyncClient, talk: Library) -> None:
    elsewhere = video_path("another", "moments", "deleted")
    assert (await client.get(elsewhere)).json() == []
    assert (await client.delete(elsewhere)).status_code == 204
    problem(await client.delete(path(UNKNOWN), params={"permanent": True}), 404, "not-made-yet")
    assert set(await shown(client)) == set(MOMENT_IDS)
