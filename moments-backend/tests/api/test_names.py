"""File names with special characters: list, get, stream, thumbnail, URL, delete."""

import unicodedata

import httpx
import pytest

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

    assert (await client.delete(video_path(identifier))).status_code == 204
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
    await client.delete(video_path(NAMES["nfc"]))
    assert set(library.rows()) == {NAMES["nfd"]}
