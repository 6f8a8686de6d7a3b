"""File names with special characters: list, get, stream, thumbnail, URL, delete."""

import unicodedata

import httpx
import pytest

from app.services.library.identity import folder_of, identifier_of, object_filename, title_of
from app.services.library.registration import register_video
from app.services.storage.gcs_uploader import GCSUploader
from tests.api.support.rows import add_row, video_path
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

NAMES = {
    "space": "a talk with  spaces ",
    "hash": "talk #1",
    "question": "why?",
    "percent": "100%25 %41",
    "plus": "a+b&c=d;e",
    "quotes": 'it\'s "quoted"',
    "nfc": unicodedata.normalize("NFC", "Été à Ĝ"),
    "nfd": unicodedata.normalize("NFD", "Été à Ĝ"),
    "other scripts": "講演 😀 محاضرة",
    "dots": "a..b.mp4",
    "brackets": "[x]{y}<z>|~`^",
    "backslash": "back\\slash",
    "tab": "two\tthree",
    "long": "x" * 200,
    "long, many bytes": "é" * 38,
}


@pytest.mark.slow
@pytest.mark.parametrize("identifier", NAMES.values(), ids=NAMES.keys())
async def test_special_names_work_in_every_endpoint(
    client: httpx.AsyncClient, library: Library, identifier: str
) -> None:
    filename = f"{identifier}.mp4"
    local = make_video(library.folder / filename)
    content = local.read_bytes()
    add_row(library, identifier)
    library.put(f"videos/{identifier}/{filename}", content)
    library.settings.audios_dir.mkdir()
    (library.settings.audios_dir / f"{identifier}.wav").touch()

    (listed,) = (await client.get("/api/videos", params={"q": identifier})).json()
    assert (listed["id"], listed["filename"], listed["has_audio"]) == (identifier, filename, True)
    assert (await client.get(video_path(identifier))).json()["filename"] == filename

    stream = await client.get(video_path(identifier, "stream"))
    assert stream.content == content
    thumbnail = await client.get(listed["thumbnail_url"])
    assert thumbnail.content.startswith(b"\xff\xd8\xff")
    assert (library.settings.thumbnails_dir / f"{identifier}.jpg").is_file()

    link = (await client.get(video_path(identifier, "url"))).json()["url"]
    async with httpx.AsyncClient() as outside:
        assert (await outside.get(link)).content == content
        local.unlink()
        redirect = await client.get(video_path(identifier, "stream"))
        assert (await outside.get(redirect.headers["location"])).content == content

    permanently = {"permanent": True}
    assert (await client.delete(video_path(identifier), params=permanently)).status_code == 204
    assert library.rows() == {}
    assert library.objects() == {}
    assert not [path for path in library.settings.static_path.rglob("*") if path.is_file()]


async def test_composed_and_decomposed_names_are_two_videos(
    client: httpx.AsyncClient, library: Library
) -> None:
    for form in ("nfc", "nfd"):
        add_row(library, NAMES[form])
        (library.folder / f"{NAMES[form]}.mp4").write_text(form)
    for form in ("nfc", "nfd"):
        assert (await client.get(video_path(NAMES[form], "stream"))).text == form
    await client.delete(video_path(NAMES["nfc"]), params={"permanent": True})
    assert set(library.rows()) == {NAMES["nfd"]}


REGISTERED = {
    "line break": "new\nline.mp4",
    "direction override": "rtl \u202eexe.mp4",
    "folder with line break": "new\rfolder/talk.mp4",
    "option": "-rf.mp4",
    "encoded": "100% %20 %2F.mp4",
    "twice": "movie.mp4.mp4",
    "longest": f"{'x' * 251}.mp4",
    "longest, many bytes": f"{'ü' * 62}{'🎉' * 31}.mp4",
    "long path": "/".join(["folder" * 8] * 6) + "/talk.mp4",
    "nested": "2023/May/IMG_0001.MP4",
}


@pytest.mark.slow
@pytest.mark.parametrize("path", REGISTERED.values(), ids=REGISTERED.keys())
async def test_any_file_name_can_be_registered(
    client: httpx.AsyncClient, library: Library, path: str
) -> None:
    """Register the file for real, then use every endpoint by the id that it got."""
    local = library.folder / path
    local.parent.mkdir(parents=True, exist_ok=True)
    content = make_video(local, audio=False, size="160x90").read_bytes()
    identifier = identifier_of(path)
    uploader = GCSUploader(library.settings)
    await register_video(local, identifier=identifier, uploader=uploader, settings=library.settings)
    await uploader.close()

    for query in (identifier, title_of(path)):
        (listed,) = (await client.get("/api/videos", params={"q": query, "details": "true"})).json()
        assert (listed["id"], listed["is_local"]) == (identifier, True)
        assert (listed["title"], listed["folder"]) == (title_of(path), folder_of(path))
    detail = (await client.get(video_path(identifier))).json()
    assert (detail["filename"], detail["size_bytes"]) == (object_filename(path), len(content))

    assert (await client.get(video_path(identifier, "stream"))).content == content
    assert (await client.get(listed["thumbnail_url"])).content.startswith(b"\xff\xd8\xff")
    for derived in (f"{identifier}_{'0' * 16}_clip.mp4", f"{identifier}.jpg"):
        assert len(derived.encode()) <= 255
    local.unlink()
    redirect = await client.get(video_path(identifier, "stream"))
    async with httpx.AsyncClient() as outside:
        assert (await outside.get(redirect.headers["location"])).content == content
    local.write_bytes(content)

    deleted = await client.delete(video_path(identifier), params={"delete_local": "true"})
    assert deleted.status_code == 204
    assert library.rows() == {}
    assert library.objects() == {}
    assert not [file for file in library.settings.static_path.rglob("*") if file.is_file()]
