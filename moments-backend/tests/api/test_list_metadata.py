"""Filters and order by channel, folder and recording time, and the values that they offer."""

from datetime import UTC, datetime

import httpx
import pytest

from app.api.params.cursor import encode_values
from tests.api.support.rows import add_row, problem, seconds
from tests.fixtures.library import Library


@pytest.fixture
def videos(library: Library) -> Library:
    """Insert five videos, newest first; `plain` has none of the values."""
    for number, (name, path, channel, recorded_at) in enumerate(
        [
            ("beach", "2023/holiday/beach.mp4", None, datetime(2023, 7, 1, 23, 30, tzinfo=UTC)),
            ("dunes", "2023/dunes.mp4", "Harbour films", datetime(2023, 7, 2, tzinfo=UTC)),
            ("year", "2023-best/year.mp4", "harbour news", datetime(2023, 12, 31, 12, tzinfo=UTC)),
            ("talk", "talk.mp4", "Harbour films", datetime(2024, 1, 31, 14, 22, 33, 123456, UTC)),
            ("plain", None, None, None),
        ]
    ):
        add_row(
            library,
            name,
            relative_path=path,
            channel=channel,
            recorded_at=recorded_at,
            created_at=seconds(-number),
        )
    return library


async def ids(client: httpx.AsyncClient, **parameters: str) -> list[str]:
    response = await client.get("/api/videos", params=parameters)
    assert response.status_code == 200, response.text
    return [video["id"] for video in response.json()]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"channel": "Harbour films"}, ["dunes", "talk"]),
        ({"channel": "harbour films"}, []),
        ({"folder": "2023"}, ["beach", "dunes"]),
        ({"folder": "/2023/holiday/"}, ["beach"]),
        ({"folder": "20_3"}, []),
        ({"recorded_from": "2023-12-31"}, ["year", "talk"]),
        ({"recorded_to": "2023-07-01"}, ["beach"]),
        ({"recorded_from": "2023-07-02", "recorded_to": "2023-12-31"}, ["dunes", "year"]),
        ({"recorded_from": "2023-07-02T01:00:00+01:30"}, ["beach", "dunes", "year", "talk"]),
        ({"recorded_to": "2024-01-31T14:22:33.123456Z"}, ["beach", "dunes", "year", "talk"]),
        ({"recorded_to": "2024-01-31T14:22:33.123455Z"}, ["beach", "dunes", "year"]),
        ({"folder": "2023", "channel": "Harbour films"}, ["dunes"]),
    ],
    ids=str,
)
async def test_filters(
    client: httpx.AsyncClient, videos: Library, parameters: dict[str, str], expected: list[str]
) -> None:
    assert await ids(client, **parameters) == expected


@pytest.mark.parametrize("value", ["yesterday", "2023-13-01", "2023"])
async def test_invalid_recording_time_is_422(client: httpx.AsyncClient, value: str) -> None:
    problem(await client.get("/api/videos", params={"recorded_from": value}), 422, "invalid-request")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("", ["talk", "year", "dunes", "beach", "plain"]),
        ("asc", ["plain", "beach", "dunes", "year", "talk"]),
    ],
)
async def test_pages_by_recording_time(
    client: httpx.AsyncClient, videos: Library, order: str, expected: list[str]
) -> None:
    url, found = f"/api/videos?sort=recorded_at&limit=1{'&order=' if order else ''}{order}", []
    while url:
        page = await client.get(url)
        found += [video["id"] for video in page.json()]
        url = page.links.get("next", {}).get("url", "")
    assert found == expected


async def test_invalid_cursor_of_recording_time_is_422(client: httpx.AsyncClient, videos: Library) -> None:
    for key in ("now", "2024-01-31 10:00:00", "infinity"):
        cursor = encode_values("recorded_at", "desc", key, 1)
        answer = await client.get("/api/videos", params={"sort": "recorded_at", "cursor": cursor})
        problem(answer, 422, "invalid-request")


async def test_facets_count_channels_and_folders(client: httpx.AsyncClient, videos: Library) -> None:
    assert (await client.get("/api/facets")).json() == {
        "channels": [{"value": "Harbour films", "count": 2}, {"value": "harbour news", "count": 1}],
        "folders": [
            {"value": "2023", "count": 1, "total": 2},
            {"value": "2023-best", "count": 1, "total": 1},
            {"value": "2023/holiday", "count": 1, "total": 1},
        ],
        "tags": [],
        "languages": [],
    }


async def test_details_show_metadata(client: httpx.AsyncClient, videos: Library) -> None:
    (talk,) = (await client.get("/api/videos?details=true&q=talk")).json()
    assert (talk["recorded_at"], talk["channel"], talk["folder"]) == (
        "2024-01-31T14:22:33.123456+00:00",
        "Harbour films",
        "",
    )
