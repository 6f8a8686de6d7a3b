"""`GET /api/search`."""

import httpx
import pytest

from tests.api.support.rows import add_row, problem
from tests.fixtures.library import Library


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({}, "q"),
        ({"q": "a\0b"}, "q"),
        ({"q": "a" * 10_000}, "q"),
        ({"q": "moon", "mode": "magic"}, "mode"),
        ({"q": "moon", "limit": "0"}, "limit"),
        ({"q": "moon", "limit": "101"}, "limit"),
        ({"q": "moon", "cursor": "abc"}, "cursor"),
        ({"q": "moon", "quality": "8k"}, "quality"),
        ({"q": "moon", "video_id": "a\0b"}, "video_id"),
    ],
    ids=str,
)
async def test_invalid_parameters_are_422(
    client: httpx.AsyncClient, parameters: dict[str, str], place: str
) -> None:
    found = problem(await client.get("/api/search", params=parameters), 422, "invalid-request")
    assert place in found["errors"][0]["location"]


async def test_empty_library_has_no_hits(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    response = await client.get("/api/search", params={"q": "moon"})
    assert response.status_code == 200
    assert (response.json()["total"], response.json()["hits"]) == (0, [])
