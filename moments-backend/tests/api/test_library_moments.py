"""`/api/moments`: filters, orders and pages of the moments of all videos; and `/api/engine`."""

from itertools import product
from typing import Any

import httpx
import pytest

from app.ai.moments.factory import create_engine, describe_engine
from app.api.params.cursor import encode_values
from app.core.config import Settings
from app.models.moment import Moment
from app.services.container import ApiContainer
from app.services.moments.documents import VideoDocumentStores
from tests.api.conftest import running
from tests.api.support.moments import EARLY, LATE, REFINED, changed, created, path, shown
from tests.api.support.rows import add_row, problem, seconds, video_path
from tests.api.support.runs import TRANSCRIPT, moments
from tests.fixtures.library import Library

WALK = "0" * 15 + "d"


@pytest.fixture
async def two(container: ApiContainer, documents: VideoDocumentStores, talk: Library) -> Library:
    """Index the moments of `talk`, and add a later video with one moment."""
    await container.transcripts.record_moments("talk", moments(), TRANSCRIPT)
    add_row(talk, "a-walk", title="A walk", duration_seconds=500, created_at=seconds(60))
    walk = Moment(
        id=WALK, start_time=100, end_time=130, title="Brücke über die Au", score=9, model="openai x"
    )
    await container.transcripts.record_moments("a-walk", [walk], TRANSCRIPT)
    return talk


async def listed(client: httpx.AsyncClient, **parameters: object) -> list[str]:
    response = await client.get("/api/moments", params=parameters)  # type: ignore[arg-type]
    assert response.status_code == 200, response.text
    return [moment["id"] for moment in response.json()]


async def test_moments_are_listed_with_their_video(client: httpx.AsyncClient, two: Library) -> None:
    await changed(client, EARLY, rating=3, is_kept=True)
    response = await client.get("/api/moments", params={"count": True})
    walk, refined, early = response.json()
    assert "link" not in response.headers
    assert response.headers["x-total-count"] == "3"
    assert walk.pop("video") == {
        "id": "a-walk",
        "title": "A walk",
        "thumbnail_url": "/api/videos/a-walk/thumbnail",
        "duration_seconds": 500,
    }
    of_talk = await shown(client)
    assert [one.pop("video")["title"] for one in (refined, early)] == ["Talk", "Talk"]
    assert [refined, early] == [of_talk[REFINED], of_talk[EARLY]]


LISTS: list[tuple[dict[str, object], list[str]]] = [
    ({"sort": "score"}, [WALK, REFINED, EARLY]),
    ({"sort": "score", "order": "asc"}, [EARLY, REFINED, WALK]),
    ({"sort": "rating"}, [EARLY, WALK, REFINED]),
    ({"sort": "date"}, [WALK, EARLY, REFINED]),
    ({"sort": "date", "order": "asc"}, [REFINED, EARLY, WALK]),
    ({"sort": "title"}, [EARLY, WALK, REFINED]),
    ({"video_id": "talk"}, [REFINED, EARLY]),
    ({"video_id": "talk", "sort": "title"}, [EARLY, REFINED]),
    ({"video_id": "missing"}, []),
    ({"q": "ÜBER die"}, [WALK]),
    ({"q": "u\u0308ber"}, [WALK]),
    ({"q": "moon"}, [REFINED]),
    ({"q": "100%"}, []),
    ({"min_rating": 4}, [EARLY]),
    ({"min_rating": 5}, []),
    ({"is_kept": True}, [EARLY]),
    ({"is_kept": False}, [WALK, REFINED]),
    ({"origin": "engine"}, [WALK, REFINED, EARLY]),
    ({"origin": "own"}, []),
    ({"min_score": 7.5}, [WALK, REFINED]),
    ({"min_duration": 20, "max_duration": 29}, [EARLY]),
    ({"min_duration": 25}, [WALK]),
]


async def test_filters_and_orders(client: httpx.AsyncClient, two: Library) -> None:
    await changed(client, EARLY, rating=4, is_kept=True, title="A high tide")
    assert [(parameters, await listed(client, **parameters)) for parameters, _ in LISTS] == LISTS


async def test_pages_contain_every_moment_once(
    client: httpx.AsyncClient, container: ApiContainer, two: Library
) -> None:
    equal = [
        Moment(id=f"{number:016x}", start_time=10 * number, end_time=10 * number + 5, title="Same", score=5)
        for number in range(1, 6)
    ]
    for name in ("b-walk", "c-walk"):
        add_row(two, name, created_at=seconds(60))
        await container.transcripts.record_moments(name, equal, TRANSCRIPT)
    for sort, order in product(("score", "rating", "date", "title"), ("asc", "desc")):
        whole = (await client.get("/api/moments", params={"sort": sort, "order": order})).json()
        address: str | None = f"/api/moments?sort={sort}&order={order}&limit=3"
        pages: list[Any] = []
        while address:
            response = await client.get(address)
            pages += response.json()
            link = response.headers.get("link")
            address = None if link is None else link.partition(">")[0].removeprefix("<")
        assert len(pages) == 13
        assert pages == whole, (sort, order)


async def test_edits_appear_at_once(client: httpx.AsyncClient, two: Library) -> None:
    own = await created(client)
    assert await listed(client, origin="own") == [own["id"]]
    moved = await changed(client, REFINED, start_time=60)
    assert await listed(client, origin="own", sort="date") == [moved["id"], own["id"]]
    await client.delete(path(own["id"]))
    assert await listed(client, origin="own") == [moved["id"]]
    await client.post(path(moved["id"], "reset"))
    assert await listed(client) == [WALK, REFINED, EARLY]


async def test_reindex_fills_the_list(
    client: httpx.AsyncClient, container: ApiContainer, two: Library
) -> None:
    """Rows of a library before the list have none of its columns."""
    await changed(client, LATE, rating=5)
    before = (await client.get("/api/moments")).json()
    two.execute("UPDATE moment_titles SET is_listed = false, score = NULL, folded_title = NULL")
    two.execute("DELETE FROM moment_details")
    assert await listed(client) == []
    for name in ("talk", "a-walk"):
        await container.rebuild_index(name)
    assert (await client.get("/api/moments")).json() == before


async def test_moments_of_deleted_videos_are_not_listed(client: httpx.AsyncClient, two: Library) -> None:
    two.execute("UPDATE videos SET deleted_at = now() WHERE identifier = 'a-walk'")
    response = await client.get("/api/moments", params={"count": True})
    assert [one["video"]["id"] for one in response.json()] == ["talk", "talk"]
    assert response.headers["x-total-count"] == "2"
    assert (await client.delete(video_path("talk"))).status_code == 204
    assert await listed(client) == []


HOSTILE = [
    *("limit=0", "limit=201", "min_rating=6", "min_score=NaN", "min_score=11", "min_duration=-1"),
    *("max_duration=inf", "sort=id", "order=up", "origin=mine", "q=a%00b", "video_id=%00"),
    *("cursor=x", "cursor=W10", "is_kept=perhaps", "q=" + "x" * 201),
    # Cursors of other orders or with hostile values; sort, order, key, video, start, moment
    *map(
        "cursor={}".format,
        (
            encode_values("date", "desc", "2026-02-08T10:00:00", 1, "0.0", "x"),
            encode_values("score", "desc", "nan", 1, "0.0", "x"),
            encode_values("score", "desc", "5", -1, "0.0", "x"),
            encode_values("score", "desc", "5", 2**31, "0.0", "x"),
            encode_values("score", "desc", "5", 1, "1e999", "x"),
            encode_values("score", "desc", "5", 1, "0.0", "a\0b"),
        ),
    ),
]


async def test_hostile_queries_are_invalid(client: httpx.AsyncClient) -> None:
    for query in HOSTILE:
        problem(await client.get(f"/api/moments?{query}"), 422, "invalid-request")


async def test_engine_states_if_it_reads_prompts(client: httpx.AsyncClient, settings: Settings) -> None:
    built_in = {"name": "extractive MiniLM", "reads_prompt": False, "cost_per_hour": None}
    assert (await client.get("/api/engine")).json() == built_in
    chat = settings.model_copy(update={"moment_engine": "openai", "moment_model": "llama"})
    async with running(chat) as other:
        described = (await other.get("/api/engine")).json()
    cost = described.pop("cost_per_hour")
    assert described == {"name": "openai llama", "reads_prompt": True}
    assert cost["tokens"] > cost["requests"] > 1


def test_engines_are_named_like_their_moments(settings: Settings) -> None:
    for engine in ("extractive", "openai"):
        chosen = settings.model_copy(update={"moment_engine": engine, "moment_model": "llama"})
        assert describe_engine(chosen).name == create_engine(chosen).name
