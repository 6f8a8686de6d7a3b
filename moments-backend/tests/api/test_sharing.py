"""Share links: `/api/…/shares` for users, `/shared/{token}` for visitors."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.models.moment import Moment
from tests.api.conftest import running
from tests.api.support.rows import problem
from tests.fixtures.exports import SECONDS, Machine
from tests.fixtures.library import Library

PATH = "/api/videos/talk/shares"
PASSWORD = "correct horse"
MOMENT = Moment(id=f"{7:016x}", start_time=1, end_time=2, title="The best part", score=9)


@pytest.fixture
async def machine(client: httpx.AsyncClient, settings: Settings) -> AsyncIterator[Machine]:
    """Return the worker of a library with the video `talk`, which has a transcript and a moment."""
    made = Machine.of(settings)
    await made.add_video()
    await made.speak("one two three four five six seven eight")
    await made.documents.moments.write("talk", [MOMENT])
    yield made
    await made.close()


async def share(client: httpx.AsyncClient, **wanted: Any) -> dict[str, Any]:
    """Create a link; `page` is its public path."""
    response = await client.post(PATH, json=wanted)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    assert created["url"].startswith("http://localhost/s/")
    return created | {"page": created["url"].replace("http://localhost/s/", "/shared/")}


async def export_of(client: httpx.AsyncClient, library: Library, link: dict[str, Any]) -> dict[str, Any]:
    """Return the export that a link plays."""
    with library.connection() as connection:
        statement = "SELECT export_id FROM share_links WHERE id = %s"
        (export_id,) = connection.execute(statement, [link["id"]]).fetchone() or (None,)
    export: dict[str, Any] = (await client.get(f"/api/exports/{export_id}")).json()
    return export


async def test_video_is_shown_without_key(client: httpx.AsyncClient, machine: Machine) -> None:
    page = (await share(client, start_time=1.5))["page"]
    shown = await client.get(page)
    assert shown.headers["cache-control"] == "no-store"
    assert shown.json() == {
        "title": "Talk",
        "state": "ready",
        "percent": 100,
        "duration_seconds": pytest.approx(SECONDS, abs=0.1),
        "start_time": 1.5,
        "has_captions": True,
        "language": "en",
        "chapters": [],
    }
    original = (await client.get("/api/videos/talk/stream")).content
    whole = await client.get(f"{page}/video")
    assert whole.content == original
    assert "location" not in whole.headers
    assert "one two three" in (await client.get(f"{page}/captions.vtt")).text
    assert (await client.get(f"{page}/thumbnail")).headers["content-type"] == "image/jpeg"
    (listed,) = (await client.get("/api/shares")).json()
    assert (listed["views"], listed["state"], listed["video_id"]) == (1, "active", "talk")
    assert (await client.get(PATH)).json() == [listed]


@pytest.mark.parametrize(
    ("asked", "status", "content_range"),
    [
        ("bytes=0-9", 206, "bytes 0-9/{size}"),
        ("bytes=10-", 206, "bytes 10-{last}/{size}"),
        ("bytes=-5", 206, "bytes {tail}-{last}/{size}"),
        ("bytes=0-999999999", 200, None),
        ("bytes=999999999-", 416, "bytes */{size}"),
        ("bytes=5-2", 200, None),
        ("bytes=0-1,3-4", 200, None),
        ("bytes=-", 200, None),
    ],
)
async def test_ranges(
    client: httpx.AsyncClient, machine: Machine, asked: str, status: int, content_range: str | None
) -> None:
    page = (await share(client))["page"]
    content = (await client.get("/api/videos/talk/stream")).content
    size = len(content)
    answer = await client.get(f"{page}/video", headers={"range": asked})
    assert answer.status_code == status
    expected = content_range and content_range.format(size=size, last=size - 1, tail=size - 5)
    assert answer.headers.get("content-range") == expected
    if status == 206:
        first, last = expected.split(" ")[1].split("/")[0].split("-") if expected else ("0", "0")
        assert answer.content == content[int(first) : int(last) + 1]
    head = await client.head(f"{page}/video", headers={"range": asked})
    assert head.headers.get("content-length") == answer.headers["content-length"]


async def test_moment_is_exported_and_nothing_else_is_sent(
    client: httpx.AsyncClient, machine: Machine, library: Library
) -> None:
    created = await share(client, moment_id=MOMENT.id)
    shown = (await client.get(created["page"])).json()
    assert (shown["title"], shown["state"], shown["chapters"]) == ("The best part", "preparing", [])
    problem(await client.get(f"{created['page']}/video"), 404, "export-file-missing")
    export = await export_of(client, library, created)
    await machine.runner(export["id"], lambda: False)
    shown = (await client.get(created["page"])).json()
    assert (shown["state"], shown["duration_seconds"], shown["start_time"]) == ("ready", 1, 0)
    sent = await client.get(f"{created['page']}/video")
    assert len(sent.content) == (await client.get(f"/api/exports/{export['id']}")).json()["size_bytes"]
    captions = (await client.get(f"{created['page']}/captions.vtt")).text
    assert "three four" in captions
    assert "five" not in captions
    # A deleted export is made again at the next view.
    await client.delete(f"/api/exports/{export['id']}")
    assert (await client.get(created["page"])).json()["state"] == "preparing"
    assert (await export_of(client, library, created))["state"] == "queued"


async def test_exports_of_links_are_listed_once_a_user_wants_them(
    client: httpx.AsyncClient, machine: Machine, library: Library
) -> None:
    created = await share(client, start_time=1, end_time=3, title="Passage")
    export = await export_of(client, library, created)
    await machine.runner(export["id"], lambda: False)
    paths = ("/api/exports", "/api/videos/talk/exports")
    assert [(await client.get(path)).json() for path in paths] == [[], []]
    assert (await client.get("/api/videos/talk/exports.zip")).status_code == 404
    wanted = {"start_time": 1, "end_time": 3, "title": "Passage"}
    (own,) = (await client.post("/api/videos/talk/exports", json=wanted)).json()
    assert (own["id"], own["state"]) == (export["id"], "completed")  # nothing is encoded twice
    assert [[each["id"] for each in (await client.get(path)).json()] for path in paths] == [[own["id"]]] * 2
    await share(client, start_time=1, end_time=3, title="Passage")
    assert len((await client.get("/api/exports")).json()) == 1


async def test_exports_of_ended_links_are_deleted(
    client: httpx.AsyncClient, machine: Machine, library: Library
) -> None:
    wanted = {"start_time": 1, "end_time": 3, "title": "Passage"}
    first, second = await share(client, **wanted), await share(client, **wanted)
    export = await export_of(client, library, first)
    await machine.runner(export["id"], lambda: False)
    library.execute("UPDATE exports SET created_at = now() - interval '1 hour'")
    await client.delete(f"/api/shares/{first['id']}")
    assert (await client.get(second["page"])).json()["state"] == "ready"
    await client.delete(f"/api/shares/{second['id']}")
    assert (await client.get(f"/api/exports/{export['id']}")).status_code == 404
    assert await machine.objects() == set()


SPEECH = "We begin here today. The moon is very far away. Nothing else."


async def test_passage_is_widened_to_whole_sentences(client: httpx.AsyncClient, machine: Machine) -> None:
    await machine.add_video("long", seconds=8)
    await machine.speak(SPEECH, "long")  # a word each half second: the second sentence is from 2 to 5 s
    wanted: dict[str, Any] = {"start_time": 3.2, "end_time": 4.2}
    path = "/api/videos/long/shares"
    exact = (await client.post(path, json=wanted)).json()
    assert (exact["start_time"], exact["end_time"], exact["title"]) == (3.2, 4.2, "Long")
    whole = (await client.post(path, json=wanted | {"whole_sentences": True})).json()
    assert (whole["start_time"], whole["end_time"]) == (2, 5)
    assert whole["title"] == "The moon is very far away."
    named = (await client.post(path, json=wanted | {"whole_sentences": True, "title": "Moon"})).json()
    assert (named["start_time"], named["title"]) == (2, "Moon")
    silent = {"start_time": 6, "end_time": 7, "whole_sentences": True}
    assert (await client.post(path, json=silent)).json()["start_time"] == 6
    problem(await client.post(path, json={"start_time": 1, "whole_sentences": True}), 422, "invalid-request")


async def test_revoked_expired_and_deleted_links_do_not_work(
    client: httpx.AsyncClient, machine: Machine, library: Library
) -> None:
    revoked, expired, trashed = [await share(client) for _ in range(3)]
    assert (await client.delete(f"/api/shares/{revoked['id']}")).status_code == 204
    assert (await client.delete(f"/api/shares/{revoked['id']}")).status_code == 204
    library.execute(f"UPDATE share_links SET expires_at = now() WHERE id = '{expired['id']}'")
    states = {each["id"]: each["state"] for each in (await client.get(PATH)).json()}
    assert states == {revoked["id"]: "revoked", expired["id"]: "expired", trashed["id"]: "active"}
    assert (await client.delete("/api/videos/talk")).status_code == 204
    answers = [await client.get(each["page"]) for each in (revoked, expired, trashed)]
    answers.append(await client.get("/shared/guessed"))
    for answer in answers:
        problem(answer, 404, "share-link-not-found")
    # Visitors cannot distinguish a link that worked from one that never existed.
    assert len({answer.json()["detail"] for answer in answers}) == 1


async def test_guessing_is_limited(client: httpx.AsyncClient, machine: Machine) -> None:
    page = (await share(client))["page"]
    answers = [await client.get(f"/shared/guess-{number}") for number in range(7)]
    assert [answer.status_code for answer in answers] == [404] * 5 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0
    problem(await client.get(page), 429, "too-many-share-failures")


async def test_password_is_required(client: httpx.AsyncClient, machine: Machine) -> None:
    created = await share(client, password=PASSWORD, expires_in_days=None)
    assert (created["has_password"], created["expires_at"]) == (True, None)
    page, other = created["page"], (await share(client, password=PASSWORD))["page"]
    for path in (page, f"{page}/video", f"{page}/captions.vtt", f"{page}/thumbnail"):
        problem(await client.get(path), 401, "share-password-required")
    wrong = await client.post(f"{page}/password", json={"password": "wrong horse"})
    problem(wrong, 401, "share-password-required")
    right = await client.post(f"{page}/password", json={"password": PASSWORD})
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert f"Path={page}" in cookie
    value = cookie.partition("=")[2].partition(";")[0]
    client.cookies.clear()
    headers = {"cookie": f"videomoments_share={value}"}
    assert (await client.get(page, headers=headers)).status_code == 200
    # The cookie of one link opens no other, even one with the same password.
    assert (await client.get(other, headers=headers)).status_code == 401
    later = str(int(value.partition(".")[0]) + 1)
    for forged in (f"{later}.{value.partition('.')[2]}", "1." + "0" * 64, "x", f"{'9' * 400}.0", "½.0"):
        forgery = {b"cookie": f"videomoments_share={forged}".encode()}
        assert (await client.get(page, headers=forgery)).status_code == 401


async def test_guesses_that_arrive_together_are_limited(client: httpx.AsyncClient, machine: Machine) -> None:
    page = (await share(client, password=PASSWORD))["page"]
    guess = b'{"password": "\\ud800"}'  # an unpaired surrogate, which no password contains
    headers = {"content-type": "application/json"}
    answers = await asyncio.gather(
        *(client.post(f"{page}/password", content=guess, headers=headers) for _ in range(12))
    )
    codes = [answer.status_code for answer in answers]
    assert set(codes) == {401, 429}
    assert 5 <= codes.count(401) <= 6


@pytest.mark.parametrize(
    "wanted",
    [
        {"moment_id": MOMENT.id, "start_time": 1},
        {"start_time": 3, "end_time": 2},
        {"start_time": 99},
        {"start_time": -1},
        {"password": "short"},
        {"password": "nul\0in the middle"},
        {"password": "x" * 201},
        {"expires_in_days": 0},
        {"expires_in_days": 99999},
        {"title": ""},
        {"title": "exe.4pm\u202e"},
        {"title": "x" * 301},
        {"unknown": 1},
    ],
    ids=str,
)
async def test_invalid_requests_are_refused(
    client: httpx.AsyncClient, machine: Machine, wanted: dict[str, Any]
) -> None:
    assert (await client.post(PATH, json=wanted)).status_code == 422
    assert (await client.get("/api/shares")).json() == []


async def test_missing_videos_and_moments_are_named(client: httpx.AsyncClient, machine: Machine) -> None:
    problem(await client.post("/api/videos/none/shares", json={}), 404, "video-not-found")
    assert (await client.post(PATH, json={"moment_id": "0" * 16})).status_code == 404
    assert (await client.delete(f"/api/shares/{'0' * 32}")).status_code == 404


async def test_visitors_need_no_key_and_users_do(settings: Settings, machine: Machine) -> None:
    locked = settings.model_copy(update={"api_key": "0123456789abcdef"})
    locked = Settings.model_validate(locked.model_dump())
    async with running(locked) as client:
        client.headers["authorization"] = "Bearer 0123456789abcdef"
        page = (await share(client))["page"]
        del client.headers["authorization"]
        assert (await client.get(page)).status_code == 200
        assert (await client.get(f"{page}/video")).status_code == 200
        assert (await client.get("/api/shares")).status_code == 401
        assert (await client.post(PATH, json={})).status_code == 401
