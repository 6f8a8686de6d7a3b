"""The local file of a video is used only if it is the row's own, also in subfolders."""

import hashlib
from pathlib import Path

import httpx
import pytest

from app.core.config import Settings
from app.services.library.local_files import CACHE_SECONDS
from tests.api.conftest import running
from tests.api.support.rows import add_row, video_path
from tests.fixtures.library import Library

NESTED = "2023__May__IMG_0001"


def write(library: Library, path: str, content: bytes = b"local") -> Path:
    file = library.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


async def stream(client: httpx.AsyncClient, identifier: str) -> bytes | int:
    """Return the bytes of the local file, or the status of another response."""
    response = await client.get(video_path(identifier, "stream"))
    return response.content if response.status_code == 200 else response.status_code


async def is_local(client: httpx.AsyncClient, identifier: str) -> bool:
    listed = (await client.get("/api/videos?details=true&limit=100")).json()
    return next(bool(video["is_local"]) for video in listed if video["id"] == identifier)


def put(library: Library, identifier: str, name: str, content: bytes = b"in the bucket") -> None:
    library.put(f"videos/{identifier}/{name}", content)


@pytest.mark.parametrize("relative_path", ["2023/May/IMG_0001.MOV", None], ids=["recorded", "by name"])
async def test_nested_file_is_played(
    client: httpx.AsyncClient, library: Library, relative_path: str | None
) -> None:
    write(library, "2023/May/IMG_0001.MOV")
    add_row(library, NESTED, filename="IMG_0001.MOV", relative_path=relative_path, size_bytes=5)
    assert await stream(client, NESTED) == b"local"
    head = await client.head(video_path(NESTED, "stream"))
    assert (head.status_code, head.headers["content-type"]) == (200, "video/quicktime")


async def test_nested_file_needs_no_row(client: httpx.AsyncClient, library: Library) -> None:
    write(library, "2023/May/IMG_0001.MOV")
    assert await stream(client, NESTED) == b"local"
    assert await stream(client, "2023__IMG_0001") == 404


@pytest.mark.parametrize(
    ("columns", "local"),
    [
        ({"size_bytes": 5}, True),
        ({"size_bytes": None}, True),
        ({"size_bytes": 6}, False),
        ({"size_bytes": 5, "relative_path": "talk.mp4"}, True),
        ({"size_bytes": 5, "relative_path": ""}, False),
        ({"size_bytes": 5, "relative_path": "2023/talk.mp4"}, False),
        ({"size_bytes": 5, "relative_path": "../videos/talk.mp4"}, True),
        ({"size_bytes": 6, "relative_path": "../outside.mp4"}, False),
        ({"size_bytes": 5, "filename": "talk.mov"}, False),
    ],
)
async def test_row_decides_whether_the_file_is_its_own(
    client: httpx.AsyncClient, library: Library, columns: dict[str, object], local: bool
) -> None:
    write(library, "talk.mp4")
    write(library, "../outside.mp4", b"secret")
    filename = str(columns.pop("filename", "talk.mp4"))
    add_row(library, "talk", filename=filename, **columns)
    put(library, "talk", filename)
    assert await stream(client, "talk") == (b"local" if local else 307)


async def test_renamed_video_owns_the_file(client: httpx.AsyncClient, library: Library) -> None:
    """After `--on-conflict rename` the file belongs to the second row, and the first is in the bucket."""
    write(library, "IMG_0001.MOV")
    add_row(library, "IMG_0001", filename="IMG_0001.MOV", relative_path="", size_bytes=5)
    second = "IMG_0001-1a2b3c4d"
    add_row(library, second, filename="IMG_0001.MOV", relative_path="IMG_0001.MOV", size_bytes=5)
    put(library, "IMG_0001", "IMG_0001.MOV")
    assert await stream(client, second) == b"local"
    assert await stream(client, "IMG_0001") == 307
    assert (await is_local(client, second), await is_local(client, "IMG_0001")) == (True, False)


async def test_replaced_file_is_not_streamed(client: httpx.AsyncClient, library: Library) -> None:
    file = write(library, "talk.mp4")
    add_row(library, "talk", size_bytes=5, relative_path="talk.mp4")
    put(library, "talk", "talk.mp4")
    assert await stream(client, "talk") == b"local"
    file.write_bytes(b"another video")
    assert await stream(client, "talk") == 307
    assert CACHE_SECONDS > 1, "the open file was still cached"


async def test_list_marks_local_files_in_folders(client: httpx.AsyncClient, library: Library) -> None:
    for path in ("a.mp4", "2023/b.mp4"):
        write(library, path)
    add_row(library, "a")
    add_row(library, "2023__b", filename="b.mp4", relative_path="2023/b.mp4")
    add_row(library, "2023__c", filename="c.mp4", relative_path="2023/c.mp4")
    listed = (await client.get("/api/videos?details=true&sort=id&order=asc")).json()
    assert [(video["id"], video["is_local"], video["folder"]) for video in listed] == [
        ("2023__b", True, "2023"),
        ("2023__c", False, "2023"),
        ("a", True, ""),
    ]


async def test_known_rows_decide_without_a_database(settings: Settings, library: Library) -> None:
    write(library, "talk.mp4")
    add_row(library, "talk", size_bytes=99)
    put(library, "talk", "talk.mp4")
    async with running(settings) as client:
        assert await stream(client, "talk") == 307
        library.execute("ALTER TABLE videos RENAME TO hidden")
        assert await stream(client, "talk") == 503
        assert await stream(client, "unknown") == 503


async def test_delete_removes_the_nested_original(client: httpx.AsyncClient, library: Library) -> None:
    file, other = write(library, "2023/IMG_0001.MOV"), write(library, "IMG_0001.MOV")
    add_row(library, "2023__IMG_0001", filename="IMG_0001.MOV", relative_path="2023/IMG_0001.MOV")
    path = video_path("2023__IMG_0001")
    assert (await client.delete(path, params={"delete_local": "true"})).status_code == 204
    assert not file.exists()
    assert other.exists()


async def test_delete_keeps_another_video_of_the_same_size(
    client: httpx.AsyncClient, library: Library
) -> None:
    digest = hashlib.md5(b"local").hexdigest()
    for name, content in (("own", b"local"), ("other", b"LOCAL")):
        write(library, f"{name}.mp4", content)
        add_row(library, name, relative_path=f"{name}.mp4", size_bytes=5, md5=digest)
        path = video_path(name)
        assert (await client.delete(path, params={"delete_local": "true"})).status_code == 204
    assert [path.read_bytes() for path in library.folder.iterdir()] == [b"LOCAL"]


@pytest.mark.parametrize("linked", ["folder", "size"])
async def test_delete_keeps_files_of_others(
    client: httpx.AsyncClient, library: Library, tmp_path: Path, linked: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    kept = outside / "a.mp4"
    if linked == "folder":
        (library.folder / "2023").symlink_to(outside)
    else:
        kept = write(library, "2023/a.mp4")
    kept.write_bytes(b"another video")
    add_row(library, "2023__a", filename="a.mp4", relative_path="2023/a.mp4", size_bytes=5)
    path = video_path("2023__a")
    assert (await client.delete(path, params={"delete_local": "true"})).status_code == 204
    assert kept.read_bytes() == b"another video"
