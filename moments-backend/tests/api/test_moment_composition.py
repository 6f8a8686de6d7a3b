"""Moments made from others: trimmed to words, merged and split; and how each is undone."""

import asyncio
from typing import Any

import httpx

from app.services.container import ApiContainer
from app.services.moments.documents import VideoDocumentStores
from tests.api.support.moments import EARLY, LATE, REFINED, UNKNOWN, changed, clips, created, path, shown
from tests.api.support.rows import problem, video_path
from tests.api.support.runs import MOMENT_IDS, TRANSCRIPT, moments
from tests.fixtures.library import Library

MERGE = video_path("talk", "moments", "merge")


async def merged(client: httpx.AsyncClient, *moment_ids: str, **fields: object) -> dict[str, Any]:
    response = await client.post(MERGE, json={"moment_ids": moment_ids} | fields)
    assert response.status_code == 201, response.text
    moment: dict[str, Any] = response.json()
    assert (await shown(client))[moment["id"]] == moment
    return moment


async def split(
    client: httpx.AsyncClient, moment_id: str, at: float, **fields: object
) -> list[dict[str, Any]]:
    response = await client.post(path(moment_id, "split"), json={"at": at} | fields)
    assert response.status_code == 201, response.text
    parts: list[dict[str, Any]] = response.json()
    return parts


async def reset(client: httpx.AsyncClient, moment_id: str) -> list[str]:
    response = await client.post(path(moment_id, "reset"))
    assert response.status_code == 200, response.text
    return [moment["id"] for moment in response.json()]


def actions(library: Library) -> list[tuple[str, str, float | None]]:
    with library.connection() as connection:
        rows = connection.execute("SELECT moment_id, action, value FROM moment_feedback ORDER BY id")
        return rows.fetchall()


def titles(library: Library) -> set[str]:
    with library.connection() as connection:
        return {title for (title,) in connection.execute("SELECT title FROM moment_titles")}


async def test_trim_to_words_is_exact(client: httpx.AsyncClient, talk: Library) -> None:
    moved = await changed(client, LATE, start_time=61.201, end_time=62.2014)
    assert (moved["start_time"], moved["end_time"]) == (61.201, 62.201)
    too_short = {"end_time": 62.2}
    problem(await client.patch(path(moved["id"]), json=too_short), 422, "invalid-request")
    # 1 s is not less than 1 s, whatever its binary fraction is.
    assert (await changed(client, moved["id"], start_time=61.3, end_time=62.3))["end_time"] == 62.3


async def test_reset_undoes_each_trim(client: httpx.AsyncClient, talk: Library) -> None:
    await changed(client, LATE, rating=4)
    before = await shown(client)
    first = await changed(client, REFINED, start_time=60)
    second = await changed(client, first["id"], end_time=70, title="Shorter", rating=5)
    assert second["replaces"] == [first["id"]]
    assert await reset(client, second["id"]) == [first["id"]]
    assert (await shown(client))[first["id"]] == first
    assert await reset(client, first["id"]) == [LATE]
    assert await shown(client) == before
    problem(await client.post(path(LATE, "reset")), 409, "nothing-to-reset")
    problem(await client.post(path(second["id"], "reset")), 404, "not-made-yet")


async def test_reset_survives_a_run_without_the_moment(
    client: httpx.AsyncClient, talk: Library, documents: VideoDocumentStores
) -> None:
    moved = await changed(client, EARLY, start_time=2)
    await documents.moments.write("talk", [])
    assert await reset(client, moved["id"]) == [EARLY]
    (restored,) = (await shown(client)).values()
    assert (restored["id"], restored["is_kept"], restored["title"]) == (EARLY, True, "Tides")


async def test_merge_replaces_moments(client: httpx.AsyncClient, talk: Library) -> None:
    await changed(client, EARLY, rating=3)
    one = await merged(client, REFINED, EARLY)
    assert (one["start_time"], one["end_time"], one["title"]) == (0, 79, "Tides")
    assert (one["rating"], one["score"], one["quote"]) == (3, 7.5, "Tides turn.")
    assert (one["is_kept"], one["is_edited"], one["model"]) == (True, True, "user")
    assert one["replaces"] == sorted([LATE, EARLY])
    assert set(await shown(client)) == {one["id"]}
    assert titles(talk) == {"Tides"}
    assert await merged(client, EARLY, LATE) == one, "a repeated request"
    assert clips(talk) == ({LATE, EARLY}, {LATE, EARLY})
    assert await reset(client, one["id"]) == [EARLY, LATE]
    assert set(await shown(client)) == set(MOMENT_IDS)
    assert titles(talk) == {"Tides", "The moon", "Why the moon pulls"}


async def test_merge_with_a_title(client: httpx.AsyncClient, talk: Library) -> None:
    own = await created(client)
    one = await merged(client, own["id"], LATE, title="The moon, all of it")
    assert (one["title"], one["start_time"], one["end_time"]) == ("The moon, all of it", 60, 80)


async def test_split_keeps_both_parts(client: httpx.AsyncClient, talk: Library) -> None:
    own = await created(client, start_time=0, end_time=90, title="Both")
    await changed(client, own["id"], rating=2)
    parts = await split(client, own["id"], 40.0004)
    times = [(part["start_time"], part["end_time"], part["title"], part["rating"]) for part in parts]
    assert times == [(0, 40, "Both", 2), (40, 90, "The moon pulls.", 2)]
    assert all(part["is_kept"] and part["replaces"] == [own["id"]] for part in parts)
    assert own["id"] not in await shown(client)
    assert titles(talk) >= {"Both", "The moon pulls."}
    assert await split(client, own["id"], 40) == parts, "a repeated request"
    problem(await client.post(path(own["id"], "split"), json={"at": 50}), 404, "not-made-yet")
    assert await reset(client, parts[1]["id"]) == [own["id"]]
    assert set(await shown(client)) == {*MOMENT_IDS, own["id"]}


async def test_split_of_a_refined_moment(client: httpx.AsyncClient, talk: Library) -> None:
    before, after = await split(client, REFINED, 70, titles=["First", "Second"])
    assert (before["start_time"], after["end_time"]) == (61.5, 79)
    assert [before["title"], after["title"]] == ["First", "Second"]
    assert set(await shown(client)) == {EARLY, before["id"], after["id"]}
    _, silent = await split(client, after["id"], 75)
    assert silent["title"] == "Second (2)"


POSITIONS = ("61.5", "79", "62", "78.5", "0", "-1", "1e308", "NaN", "Infinity", '"soon"')


async def test_invalid_positions_split_nothing(client: httpx.AsyncClient, talk: Library) -> None:
    for at in POSITIONS:
        sent = {"content": f'{{"at": {at}}}', "headers": {"content-type": "application/json"}}
        problem(await client.post(path(REFINED, "split"), **sent), 422, "invalid-request")  # type: ignore[arg-type]
    assert set(await shown(client)) == set(MOMENT_IDS)


MERGES: list[dict[str, object]] = [
    {"moment_ids": [LATE]},
    {"moment_ids": [LATE, LATE]},
    {"moment_ids": [LATE, REFINED]},
    {"moment_ids": [LATE, "x"]},
    {"moment_ids": [EARLY] * 101},
    {"moment_ids": None},
    {"moment_ids": [LATE, EARLY], "title": ""},
    {"moment_ids": [LATE, EARLY], "title": "a\0b"},
    {"moment_ids": [LATE, EARLY], "extra": 1},
]


async def test_invalid_merges_are_rejected(client: httpx.AsyncClient, talk: Library) -> None:
    for body in MERGES:
        problem(await client.post(MERGE, json=body), 422, "invalid-request")
    assert set(await shown(client)) == set(MOMENT_IDS)


async def test_merge_of_distant_moments_is_rejected(client: httpx.AsyncClient, talk: Library) -> None:
    talk.execute("UPDATE videos SET duration_seconds = 5000")
    far = await created(client, start_time=3601, end_time=3603)
    found = problem(await client.post(MERGE, json={"moment_ids": [EARLY, far["id"]]}), 422, "invalid-request")
    assert "3603" in found["detail"]


async def test_moments_of_other_videos_are_unknown(client: httpx.AsyncClient, talk: Library) -> None:
    problem(await client.post(MERGE, json={"moment_ids": [LATE, UNKNOWN]}), 404, "not-made-yet")
    problem(await client.post(path(UNKNOWN, "split"), json={"at": 5}), 404, "not-made-yet")
    elsewhere = video_path("another", "moments", "merge")
    problem(await client.post(elsewhere, json={"moment_ids": [LATE, EARLY]}), 404, "not-made-yet")
    assert set(await shown(client)) == set(MOMENT_IDS)


async def test_concurrent_edits_leave_one_result(client: httpx.AsyncClient, talk: Library) -> None:
    """Each edit either sees the moments before the others, or that they are replaced."""
    own = await created(client)
    answers = await asyncio.gather(
        client.post(MERGE, json={"moment_ids": [LATE, EARLY]}),
        client.post(MERGE, json={"moment_ids": [EARLY, own["id"]]}),
        client.post(MERGE, json={"moment_ids": [own["id"], LATE]}),
        client.post(path(EARLY, "split"), json={"at": 10}),
        client.post(path(LATE, "split"), json={"at": 70}),
        client.delete(path(own["id"])),
        client.patch(path(EARLY), json={"end_time": 15}),
        *(client.patch(path(LATE), json={"rating": rating}) for rating in (1, 2, 3)),
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 204, 404}
    assert any(answer.is_success for answer in answers)
    now = await shown(client)
    assert titles(talk) == {moment["title"] for moment in now.values()}
    gone = {one for moment in now.values() for one in moment["replaces"]}
    assert not gone & now.keys()
    # Every moment is either shown, replaced by a shown one, or deleted by request.
    deleted = {one["id"] for one in (await client.get(video_path("talk", "moments", "deleted"))).json()}
    assert {LATE, EARLY, own["id"]} <= now.keys() | deleted


async def test_edits_beside_runs_keep_the_index(
    client: httpx.AsyncClient, container: ApiContainer, talk: Library
) -> None:
    """A run that records moments and a user's edits replace the same rows of the index."""
    found = [one.model_copy(update={"title": "New"}) for one in moments()]
    answers = await asyncio.gather(
        *(client.patch(path(LATE), json={"title": f"Title {number}"}) for number in range(4)),
        *(container.transcripts.record_moments("talk", found, TRANSCRIPT) for _ in range(3)),
        *(client.patch(path(EARLY), json={"end_time": 10 + number}) for number in range(2)),
    )
    assert [one.status_code for one in answers if one is not None][:4] == [200] * 4
    assert titles(talk) == {moment["title"] for moment in (await shown(client)).values()}


async def test_edits_beside_the_deletion_of_the_video(client: httpx.AsyncClient, talk: Library) -> None:
    answers = await asyncio.gather(
        client.patch(path(LATE), json={"rating": 1}),
        client.delete(path(EARLY)),
        client.delete(video_path("talk"), params={"permanent": True}),
        client.post(MERGE, json={"moment_ids": [LATE, EARLY]}),
        client.post(path(LATE, "split"), json={"at": 70}),
        client.delete(path(EARLY), params={"permanent": True}),
    )
    assert answers[2].status_code == 204
    assert {answer.status_code for answer in answers} <= {200, 201, 204, 404}
    assert actions(talk) == []


async def test_edits_are_recorded_as_feedback(client: httpx.AsyncClient, talk: Library) -> None:
    await changed(client, LATE, rating=4, is_kept=True)
    await changed(client, LATE, is_kept=False, title="Moon")
    moved = await changed(client, LATE, end_time=70)
    await client.delete(path(moved["id"]))
    await client.post(path(moved["id"], "restore"))
    own = await created(client)
    one = await merged(client, own["id"], EARLY)
    await split(client, one["id"], 30)
    assert actions(talk) == [
        (LATE, "rated", 4),
        (LATE, "kept", None),
        (LATE, "unkept", None),
        (LATE, "trimmed", None),
        (moved["id"], "deleted", None),
        (moved["id"], "restored", None),
        (own["id"], "created", None),
        (own["id"], "merged", None),
        (EARLY, "merged", None),
        (one["id"], "split", None),
    ]


async def test_rejected_edits_leave_no_feedback(client: httpx.AsyncClient, talk: Library) -> None:
    problem(await client.patch(path(LATE), json={"end_time": 61.5, "rating": 1}), 422, "invalid-request")
    problem(await client.post(path(LATE, "split"), json={"at": 61.5}), 422, "invalid-request")
    assert actions(talk) == []
