"""`PUT` and `DELETE /api/videos/{video_id}/thumbnail`, and pictures of sites."""

import os
import shutil
import struct
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.core.exceptions import VideoMomentsError
from app.services.library.thumbnails import ThumbnailStore
from app.services.storage.gcs_uploader import GCSUploader
from tests.api.support.rows import add_row, problem
from tests.fixtures.library import Library
from tests.fixtures.media import ffmpeg, make_video

PATH = "/api/videos/talk/thumbnail"
NOTE = b"taken at 52.5 N 13.4 E"
MIB = 1024**2


@pytest.fixture
def talk(library: Library) -> Path:
    """A registered video: red, then blue."""
    path = library.folder / "talk.mp4"
    parts = [
        part
        for color in ("red", "blue")
        for part in ("-f", "lavfi", "-t", "1", "-i", f"color={color}:s=160x90")
    ]
    ffmpeg(*parts, "-filter_complex", "concat", "-c:v", "libx264", "-preset", "ultrafast", path)
    add_row(library, "talk", size_bytes=path.stat().st_size)
    library.put("videos/talk/talk.mp4", path.read_bytes())
    return path


def color_of(picture: bytes) -> str:
    assert picture.startswith(b"\xff\xd8\xff")
    options = ("-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    red, green, blue = ffmpeg("-f", "jpeg_pipe", "-i", "-", *options, stdin=picture)
    return max((red, "red"), (green, "green"), (blue, "blue"))[1]


def picture_of(color: str, codec: str, *, size: str = "64x32") -> bytes:
    options = ("-frames:v", "1", "-c:v", codec, "-f", "image2pipe", "-")
    return ffmpeg("-f", "lavfi", "-i", f"color={color}:s={size}", *options)


async def shown(client: httpx.AsyncClient) -> str:
    response = await client.get(PATH)
    assert response.status_code == 200
    return color_of(response.content)


async def choose(client: httpx.AsyncClient, at_seconds: float) -> dict[str, Any]:
    response = await client.put(PATH, json={"at_seconds": at_seconds})
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.slow
async def test_chosen_second_is_shown_at_once_and_kept(
    client: httpx.AsyncClient, library: Library, talk: Path
) -> None:
    before = await client.get(PATH)
    chosen = await choose(client, 1.5)
    assert chosen["source"] == "user"
    after = await client.get(PATH, headers={"If-None-Match": before.headers["etag"]})
    assert (after.status_code, color_of(after.content)) == (200, "blue")
    assert (await client.get(chosen["thumbnail_url"])).content == after.content
    assert library.download("thumbnails/talk/user.jpg") == after.content

    os.utime(talk)  # a newer file has another automatic thumbnail only
    assert await shown(client) == "blue"
    talk.unlink()
    shutil.rmtree(library.settings.thumbnails_dir)
    assert (await client.get(PATH)).content == after.content  # from the bucket

    again = await choose(client, 0.5)  # from the object
    assert again["thumbnail_url"] != chosen["thumbnail_url"]
    assert await shown(client) == "red"


async def test_changes_are_in_the_audit_log(client: httpx.AsyncClient, talk: Path) -> None:
    await choose(client, 0.5)
    await client.delete(PATH)
    entries = (await client.get("/api/audit")).json()
    found = [(entry["action"], entry["target_id"], entry["details"]) for entry in entries]
    assert found == [("thumbnail.reset", "talk", {}), ("thumbnail.set", "talk", {"at_seconds": 0.5})]


async def test_fresh_machine_with_the_file_shows_the_choice(
    client: httpx.AsyncClient, library: Library, talk: Path
) -> None:
    await choose(client, 1.5)
    shutil.rmtree(library.settings.thumbnails_dir)
    assert talk.exists()
    assert await shown(client) == "blue"


@pytest.mark.parametrize(
    ("codec", "content_type"), [("png", "image/png"), ("mjpeg", "image/jpeg"), ("libwebp", "image/webp")]
)
async def test_uploaded_picture_is_encoded_again(
    client: httpx.AsyncClient, library: Library, talk: Path, codec: str, content_type: str
) -> None:
    picture = picture_of("lime", codec)
    response = await client.put(PATH, content=picture, headers={"Content-Type": content_type})
    assert response.status_code == 200, response.text
    found = (await client.get(PATH)).content
    assert color_of(found) == "green"
    assert found != picture
    assert library.download("thumbnails/talk/user.jpg") == found


def with_exif(jpeg: bytes) -> bytes:
    """Insert metadata: turned by 90 degrees, and a note."""
    entries = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack("<HHII", 0x010E, 2, len(NOTE), 38)
    tiff = b"II*\0" + struct.pack("<IH", 8, 2) + entries + struct.pack("<I", 0) + NOTE
    body = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


async def test_metadata_of_a_picture_is_dropped(client: httpx.AsyncClient, talk: Path) -> None:
    picture = with_exif(picture_of("lime", "mjpeg"))
    assert NOTE in picture
    headers = {"Content-Type": "image/jpeg"}
    assert (await client.put(PATH, content=picture, headers=headers)).status_code == 200
    found = (await client.get(PATH)).content
    assert NOTE not in found
    assert b"Exif" not in found
    raw = ffmpeg("-f", "jpeg_pipe", "-i", "-", "-f", "yuv4mpegpipe", "-strict", "-1", "-", stdin=found)
    assert raw.startswith(b"YUV4MPEG2 W32 H64 ")  # upright


async def test_deletion_restores_the_automatic_one(
    client: httpx.AsyncClient, library: Library, talk: Path
) -> None:
    automatic = (await client.get(PATH)).content
    await choose(client, 1.5)
    assert (await client.delete(PATH)).status_code == 204
    assert (await client.get(PATH)).content == automatic
    assert not [name for name in library.objects() if name.startswith("thumbnails/")]
    assert (await client.delete(PATH)).status_code == 204


async def test_picture_of_the_site_is_below_the_users(
    client: httpx.AsyncClient, library: Library, talk: Path, tmp_path: Path
) -> None:
    image = tmp_path / "site.webp"
    image.write_bytes(picture_of("lime", "libwebp"))
    uploader = GCSUploader(library.settings)
    try:
        store = ThumbnailStore(library.settings, uploader)
        for bad in (tmp_path / "missing.jpg", Path(__file__)):
            with pytest.raises(VideoMomentsError, match=bad.name):
                await store.set_from_file("talk", bad)
        await store.set_from_file("talk", image)
        assert await shown(client) == "green"
        await choose(client, 1.5)
        await store.set_from_file("talk", image)
        assert await shown(client) == "blue"
    finally:
        await uploader.close()
    shutil.rmtree(library.settings.thumbnails_dir)
    assert await shown(client) == "blue"
    await client.delete(PATH)
    assert await shown(client) == "green"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"at_seconds": -1}', b'{"at_seconds": NaN}', b'{"at_seconds": "x"}']
)
async def test_invalid_time_is_refused(client: httpx.AsyncClient, talk: Path, body: bytes) -> None:
    response = await client.put(PATH, content=body, headers={"Content-Type": "application/json"})
    assert "at_seconds" in problem(response, 422, "invalid-request")["detail"]


async def test_time_after_the_end_is_refused(client: httpx.AsyncClient, talk: Path) -> None:
    response = await client.put(PATH, json={"at_seconds": 60})
    assert "no frame at 60 s" in problem(response, 422, "invalid-request")["detail"]


@pytest.mark.parametrize(
    ("content", "content_type", "status", "name"),
    [
        (b"\x89PNG\r\n\x1a\nbroken", "image/png", 422, "invalid-request"),
        (b"", "image/jpeg", 422, "invalid-request"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "image/webp", 422, "invalid-request"),
        (b"<svg/>", "image/svg+xml", 415, "unsupported-media-type"),
        (b"GIF89a", "", 415, "unsupported-media-type"),
        (b"x" * (20 * MIB + 1), "image/png", 413, "body-too-large"),
    ],
)
async def test_other_bodies_are_refused(
    client: httpx.AsyncClient, talk: Path, content: bytes, content_type: str, status: int, name: str
) -> None:
    response = await client.put(PATH, content=content, headers={"Content-Type": content_type})
    problem(response, status, name)


async def test_huge_picture_is_refused(client: httpx.AsyncClient, talk: Path) -> None:
    picture = picture_of("red", "png", size="8000x8000")
    assert len(picture) < MIB
    response = await client.put(PATH, content=picture, headers={"Content-Type": "image/png"})
    assert "8000x8000" in problem(response, 422, "invalid-request")["detail"]


async def test_unknown_video_is_refused(client: httpx.AsyncClient, library: Library) -> None:
    problem(await client.put(PATH, json={"at_seconds": 0}), 404, "video-not-found")
    problem(await client.delete(PATH), 404, "video-not-found")
    make_video(library.folder / "talk.mp4")  # without a row
    problem(await client.put(PATH, json={"at_seconds": 0}), 404, "video-not-found")
    assert not library.objects()
