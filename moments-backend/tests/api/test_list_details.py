"""Details, count and filters of the list."""

import httpx
import pytest

from tests.api.support.rows import add_row, add_rows, problem, seconds
from tests.fixtures.library import Library

FIELDS = {"file_size_kb", "video_codec", "audio_codec", "resolution", "frame_rate", "is_local"}


@pytest.fixture
def videos(library: Library) -> Library:
    """Insert five different videos, newest first."""
    for number, (name, resolution, duration, source) in enumerate(
        [
            ("small", "640x360", 30.0, None),
            ("hd", "1280x720", 299.5, "https://example.org/hd.mp4"),
            ("phone", "1080x1920", 600.0, None),
            ("film", "3840x2160", 7200.0, "https://example.org/film.mp4"),
            ("unknown", None, None, None),
        ]
    ):
        add_row(
            library,
            name,
            resolution=resolution,
            duration_seconds=duration,
            source_url=source,
            created_at=seconds(-number),
        )
    library.settings.transcripts_dir.mkdir(parents=True)
    for name in ("hd", "film"):
        (library.settings.transcripts_dir / f"{name}.json").touch()
    return library


async def ids(client: httpx.AsyncClient, **parameters: object) -> list[str]:
    response = await client.get("/api/videos", params={key: str(value) for key, value in parameters.items()})
    assert response.status_code == 200, response.text
    return [video["id"] for video in response.json()]


async def test_details_equal_the_video_plus_is_local(client: httpx.AsyncClient, videos: Library) -> None:
    (videos.folder / "hd.mp4").touch()
    plain = (await client.get("/api/videos")).json()
    for parameters in ({"details": "true"}, {"details": "true", "limit": "2"}):
        detailed = (await client.get("/api/videos", params=parameters)).json()
        for before, after in zip(plain, detailed, strict=False):
            one = (await client.get(f"/api/videos/{after['id']}")).json()
            assert one.keys() - after.keys() == {"description", "audio_streams", "playback"}
            one = {name: value for name, value in one.items() if name in after}
            own = {"is_local": after["id"] == "hd", "has_speech": None}
            assert after == before | one | own
            assert FIELDS & before.keys() == set()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"min_duration": 299.5}, ["hd", "phone", "film"]),
        ({"max_duration": 299.5}, ["small", "hd"]),
        ({"min_duration": 100, "max_duration": 1000}, ["hd", "phone"]),
        ({"quality": "sd"}, ["small"]),
        ({"quality": "hd"}, ["hd"]),
        ({"quality": "fullhd"}, ["phone"]),
        ({"quality": "uhd"}, ["film"]),
        ({"has_transcript": "true"}, ["hd", "film"]),
        ({"has_transcript": "false"}, ["small", "phone", "unknown"]),
        ({"source": "link"}, ["hd", "film"]),
        ({"source": "file"}, ["small", "phone", "unknown"]),
        ({"source": "link", "q": "FILM"}, ["film"]),
        ({"source": "link", "quality": "sd"}, []),
    ],
)
async def test_filters_apply_to_list_pages_and_count(
    client: httpx.AsyncClient, videos: Library, parameters: dict[str, object], expected: list[str]
) -> None:
    assert await ids(client, **parameters) == expected
    assert await ids(client, **parameters, details="true") == expected
    query = {key: str(value) for key, value in parameters.items()} | {"limit": "1", "count": "true"}
    found, path = list[str](), f"/api/videos?{httpx.QueryParams(query)}"
    while path:
        page = await client.get(path)
        assert page.headers["x-total-count"] == str(len(expected))
        found += [video["id"] for video in page.json()]
        path = page.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert found == expected


async def test_malformed_resolution_does_not_break_filter(
    client: httpx.AsyncClient, library: Library
) -> None:
    for number, resolution in enumerate(["wide", "x", "1920x", "99999999x1", ""]):
        add_row(library, f"odd-{number}", resolution=resolution)
    for quality in ("sd", "hd", "fullhd", "uhd"):
        assert await ids(client, quality=quality) == []


async def test_count_header_only_on_request(client: httpx.AsyncClient, library: Library) -> None:
    add_rows(library, 7)
    assert "x-total-count" not in (await client.get("/api/videos?limit=2")).headers
    assert (await client.get("/api/videos?limit=2&count=true")).headers["x-total-count"] == "7"


@pytest.mark.parametrize(
    "parameters",
    [
        "min_duration=-1",
        "max_duration=inf",
        "min_duration=x",
        "quality=8k",
        "source=disk",
        "has_transcript=2",
    ],
)
async def test_invalid_value_is_named(client: httpx.AsyncClient, parameters: str) -> None:
    found = problem(await client.get(f"/api/videos?{parameters}"), 422, "invalid-request")
    assert parameters.partition("=")[0] in found["detail"]


async def test_title_is_set_and_reset(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "why-the-tides-turn")
    for given, shown in [("  Tides ", "Tides"), ("x" * 500, "x" * 500), ("  ", None), (None, None)]:
        renamed = await client.patch("/api/videos/why-the-tides-turn", json={"title": given})
        assert renamed.json()["title"] == (shown or "Why The Tides Turn")
        assert library.rows()["why-the-tides-turn"]["title"] == shown
    for bad in ({"title": "x" * 501}, {"title": "a\0b"}, {"title": 1}, {}, {"title": "a", "id": "b"}):
        problem(await client.patch("/api/videos/why-the-tides-turn", json=bad), 422, "invalid-request")
    problem(await client.patch("/api/videos/nothing", json={"title": "x"}), 404, "video-not-found")
