"""`POST /api/generate_moments`."""

import asyncio
import json
import re
import time
from typing import Any

import httpx
import pytest

from app.core.urls.normalization import hash_suffix
from tests.api.support.rows import add_row, problem
from tests.api.support.runs import add_run, jobs, run_rows
from tests.fixtures.library import Library

PATH = "/api/generate_moments"
LINK = "https://example.org/talks/Tale%20Of%20Two%20Cities.mp4"
SLUG = "tale-of-two-cities"


async def ask(client: httpx.AsyncClient, **body: object) -> httpx.Response:
    return await client.post(PATH, json=body)


async def accepted(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    response = await ask(client, **body)
    assert response.status_code == 202, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_registered_video_is_queued(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk", source_url="https://example.org/talk.mp4")
    found = await accepted(client, video_id="talk", max_moments=3, user_prompt="tides")
    assert re.fullmatch("[0-9a-f]{32}", found["request_id"])
    assert found == {
        "request_id": found["request_id"],
        "video_id": "talk",
        "status": "queued",
        "download_required": False,
        "is_cached": True,
        "source_url": "https://example.org/talk.mp4",
    }
    (row,) = run_rows(library)
    assert (row["request_id"], row["video_identifier"], row["status"]) == (
        found["request_id"],
        "talk",
        "queued",
    )
    assert row["options"] == {"max_moments": 3, "user_prompt": "tides"}
    (job,) = jobs(library)
    assert (job["id"], job["args"]) == (row["job_id"], {"request_id": found["request_id"]})


async def test_local_file_without_a_row_is_accepted(client: httpx.AsyncClient, library: Library) -> None:
    (library.folder / "talk.mov").write_bytes(b"bytes")
    found = await accepted(client, video_id="talk")
    assert (found["download_required"], found["is_cached"], found["source_url"]) == (False, True, None)


async def test_unknown_video_is_404_and_queues_nothing(client: httpx.AsyncClient, library: Library) -> None:
    (library.folder / "notes.txt").write_bytes(b"bytes")
    for name in ("talk", "notes", "..", "../videos/talk", "Talk", "/", "é" * 255):
        problem(await ask(client, video_id=name), 404, "video-not-found")
    assert run_rows(library) == jobs(library) == []


async def test_new_link_gets_a_new_id(client: httpx.AsyncClient, library: Library) -> None:
    found = await accepted(client, video_url=LINK)
    assert found["video_id"] == SLUG
    assert (found["download_required"], found["is_cached"], found["source_url"]) == (True, False, LINK)
    (row,) = run_rows(library)
    assert (row["video_identifier"], row["source_url"]) == (SLUG, LINK)


IDS_OF_LINKS = [
    ("https://example.org/media/video.mp4", "video-{digits}"),
    ("https://example.org/x.mp4", "video-{digits}"),
    ("https://example.org/", "video-{digits}"),
    ("https://example.org/%F0%9F%98%80.mp4", "video-{digits}"),
    ("gs://{bucket}/some/Folder/The Tides.webm", "the-tides"),
    ("https://youtu.be/dQw4w9WgXcQ?t=9", "youtube-dQw4w9WgXcQ"),
    ("https://vimeo.com/12345/0abc", "vimeo-12345"),
    ("http://[2001:db8::1]:8080/tides.mp4", "tides"),
    ("https://example.org/" + "long-" * 40 + "name.mp4", "-".join(["long"] * 10)),
]


@pytest.mark.slow
async def test_ids_are_derived_from_links(client: httpx.AsyncClient, library: Library) -> None:
    for link, expected in IDS_OF_LINKS:
        found = await accepted(client, video_url=link.replace("{bucket}", library.bucket))
        assert found["video_id"] == expected.format(digits=hash_suffix(found["source_url"]))


async def test_overlong_site_id_is_ignored(client: httpx.AsyncClient) -> None:
    for host in ("vimeo.com/", "www.twitch.tv/videos/", "dai.ly/", "youtu.be/"):
        found = await accepted(client, video_url=f"https://{host}{'1' * 4000}")
        assert len(found["video_id"]) <= 64


async def test_id_of_another_video_gets_a_hash_suffix(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, SLUG, source_url="https://elsewhere.example/tale-of-two-cities.mp4")
    found = await accepted(client, video_url=LINK)
    assert found["video_id"] == f"{SLUG}-{hash_suffix(LINK)}"
    assert found["download_required"]


async def test_id_of_another_run_gets_a_hash_suffix(client: httpx.AsyncClient, library: Library) -> None:
    await accepted(client, video_url="https://elsewhere.example/tale-of-two-cities.mp4")
    assert (await accepted(client, video_url=LINK))["video_id"] == f"{SLUG}-{hash_suffix(LINK)}"


async def test_concurrent_links_with_one_name_both_run(client: httpx.AsyncClient) -> None:
    links = [f"https://{host}.example/the-tides.mp4" for host in ("one", "two")]
    both = await asyncio.gather(*(accepted(client, video_url=link) for link in links))
    ids = sorted(answer["video_id"] for answer in both)
    assert ids[0] == "the-tides"
    assert ids[1] in {f"the-tides-{hash_suffix(link)}" for link in links}


SPELLINGS = [
    LINK,
    "HTTPS://EXAMPLE.org:443/talks/Tale%20Of%20Two%20Cities.mp4#t=3",
    "https://example.org/./talks/x/../Tale Of Two Cities.mp4",
    f"  {LINK}?utm_source=mail&X-Goog-Signature=abc ",
    LINK.replace("//", "//user:secret@"),
]


async def test_equivalent_links_are_one_video(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "dickens", source_url=LINK)
    for spelling in SPELLINGS:
        found = await accepted(client, video_url=spelling)
        assert (found["video_id"], found["source_url"]) == ("dickens", LINK)
        assert (found["download_required"], found["is_cached"]) == (False, True)
        library.execute("UPDATE pipeline_runs SET status = 'completed'")
        library.execute("DELETE FROM procrastinate_jobs")


async def test_force_download_creates_a_new_video(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, SLUG, source_url=LINK)
    before = int(time.time())
    found = await accepted(client, video_url=LINK, force_download=True)
    base, _, moment = found["video_id"].rpartition("-")
    assert base == SLUG
    assert before <= int(moment) <= time.time()
    assert (found["download_required"], found["is_cached"], found["source_url"]) == (True, False, LINK)
    (row,) = run_rows(library)
    assert row["options"] == {"force_download": True}


async def test_second_run_is_rejected_while_one_is_active(
    client: httpx.AsyncClient, library: Library
) -> None:
    add_row(library, "talk", source_url=LINK)
    first = await accepted(client, video_id="talk")
    for body in ({"video_id": "talk"}, {"video_url": LINK}):
        found = problem(await ask(client, **body), 409, "run-in-progress")
        assert first["request_id"] in found["detail"]
        assert found["retryable"]
    library.execute("UPDATE pipeline_runs SET status = 'processing'")
    problem(await ask(client, video_id="talk"), 409, "run-in-progress")
    assert len(jobs(library)) == 1


async def test_new_run_is_allowed_after_the_last_one_ended(
    client: httpx.AsyncClient, library: Library
) -> None:
    for status in ("completed", "failed", "cancelled"):
        add_row(library, status)
        first = add_run(library, status, status=status)
        second = await accepted(client, video_id=status)
        assert second["request_id"] != first
        now = (await client.get(f"/api/pipeline/{status}/status")).json()
        assert (now["request_id"], now["status"]) == (second["request_id"], "queued")


@pytest.mark.slow
async def test_concurrent_requests_start_one_run(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk", source_url=LINK)
    bodies = [{"video_id": "talk"}, {"video_url": LINK}] * 5
    answers = await asyncio.gather(*(ask(client, **body) for body in bodies))
    (winner,) = (answer.json() for answer in answers if answer.status_code == 202)
    losers = [answer for answer in answers if answer.status_code != 202]
    assert len(losers) == 9
    for answer in losers:
        assert winner["request_id"] in problem(answer, 409, "run-in-progress")["detail"]
    assert len(run_rows(library)) == len(jobs(library)) == 1


BAD_VALUES: list[tuple[str, object]] = [
    ("min_moment_length", -1),
    ("min_moment_length", 0.999),
    ("max_moment_length", 3600.5),
    ("max_moment_length", "60"),
    ("min_moment_length", True),
    ("max_moment_length", None),
    ("max_moment_length", [60]),
    ("min_moments", -1),
    ("min_moments", 1.5),
    ("min_moments", "2"),
    ("max_moments", 0),
    ("max_moments", 101),
    ("max_moments", 10**30),
    ("max_moments", True),
    ("user_prompt", "x" * 4001),
    ("user_prompt", "a\0b"),
    ("user_prompt", 5),
    ("force_download", "yes"),
    ("regenerate", 1),
    ("unknown", 1),
    ("clip_padding", 30),
]


async def test_invalid_value_is_named(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    for name, value in BAD_VALUES:
        found = problem(await ask(client, video_id="talk", **{name: value}), 422, "invalid-request")
        assert name in found["detail"], (name, value)
        assert [error["location"][:2] for error in found["errors"]] == [["body", name]]
        assert not found["retryable"]
    assert run_rows(library) == []


async def test_contradictory_limits_are_rejected(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    for limits in (
        {"min_moment_length": 60, "max_moment_length": 30},
        {"min_moment_length": 91},
        {"min_moments": 5, "max_moments": 4},
    ):
        found = problem(await ask(client, video_id="talk", **limits), 422, "invalid-request")
        (error,) = found["errors"]
        assert "is more than" in error["message"]
    await accepted(client, video_id="talk", min_moment_length=30, max_moment_length=30.0, min_moments=10)


async def test_exactly_one_source_is_required(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk", source_url=LINK)
    for body in ({}, {"video_id": "talk", "video_url": LINK}, {"video_id": None}, {"max_moments": 3}):
        found = problem(await ask(client, **body), 422, "invalid-request")
        assert found["errors"][0]["message"] == "give either video_id or video_url"
    found = problem(await ask(client, video_id="talk", force_download=True), 422, "invalid-request")
    assert "video_url" in found["errors"][0]["message"]
    await accepted(client, video_id="talk", video_url=None, user_prompt=None)


NO_ADDRESSES: list[object] = [
    "ftp://example.org/a.mp4",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:video/mp4;base64,AAAA",
    "example.org/a.mp4",
    "//example.org/a.mp4",
    "https://",
    "https:///a.mp4",
    "https://exa mple.org/a.mp4",
    "https://example.org:99999/a.mp4",
    "https://[::1/a.mp4",
    "https://[not-an-address]/a.mp4",
    "gs://bucket",
    "gs://bucket/folder/",
    "https://example.org/a\0.mp4",
    "https://example.org/a\r\nHost: inside",
    "  ",
    "",
    "https://example.org/" + "x" * 8192,
    7,
    ["https://example.org/a.mp4"],
]


async def test_invalid_urls_are_rejected(client: httpx.AsyncClient, library: Library) -> None:
    for link in NO_ADDRESSES:
        found = problem(await ask(client, video_url=link), 422, "invalid-request")
        assert found["detail"] == "invalid value: video_url"
        assert found["errors"][0]["location"] == ["body", "video_url"]
    assert run_rows(library) == []


async def test_long_link_is_stored(client: httpx.AsyncClient, library: Library) -> None:
    link = "https://example.org/tides.mp4?" + "&".join(f"a{n}={n:0>90}" for n in range(80))
    assert (await accepted(client, video_url=link))["video_id"] == "tides"
    (row,) = run_rows(library)
    assert len(row["source_url"]) == len(link)


async def test_invalid_ids_are_rejected(client: httpx.AsyncClient) -> None:
    values: list[object] = ["", "x" * 256, "a\0b", 7, True, ["talk"], {"id": "talk"}]
    for value in values:
        found = problem(await ask(client, video_id=value), 422, "invalid-request")
        assert found["detail"] == "invalid value: video_id"


RAW = {
    "not a number": b'{"video_id": "talk", "min_moment_length": NaN}',
    "beyond all numbers": b'{"video_id": "talk", "max_moment_length": 1e400}',
    "less than all numbers": b'{"video_id": "talk", "min_moment_length": -Infinity}',
    "more digits than are read": b'{"video_id": "talk", "max_moments": ' + b"9" * 5000 + b"}",
    "half a character": b'{"video_id": "\\ud800"}',
    "half a character in a name": b'{"video_id": "talk", "\\udfff": 1}',
    "half a character in a link": b'{"video_url": "https://example.org/\\ud800.mp4"}',
    "half a character in a prompt": b'{"video_id": "talk", "user_prompt": "\\ud800"}',
    "not UTF-8": b'{"video_id": "\xff\xfe"}',
    "cut short": b'{"video_id": "talk"',
    "empty": b"",
    "null": b"null",
    "a list": b'["talk"]',
    "a text": b'"talk"',
    "deep": b"[" * 100_000,
}


async def test_malformed_body_is_rejected(client: httpx.AsyncClient, library: Library) -> None:
    add_row(library, "talk")
    for name, body in RAW.items():
        response = await client.post(PATH, content=body, headers={"content-type": "application/json"})
        assert problem(response, 422, "invalid-request")["errors"], name
    assert run_rows(library) == []


async def test_other_content_types_are_rejected(client: httpx.AsyncClient, library: Library) -> None:
    """Pages of other sites can send these types without a CORS preflight."""
    add_row(library, "talk")
    body = json.dumps({"video_id": "talk"})
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "", "nonsense"):
        response = await client.post(PATH, content=body, headers={"content-type": content_type})
        problem(response, 415, "unsupported-media-type")
    assert run_rows(library) == []
