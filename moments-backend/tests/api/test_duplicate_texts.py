"""Near-duplicates among videos with the same pictures and different audio."""

from pathlib import Path

import httpx
import pytest

from app.media import ffprobe
from app.services.container import ApiContainer
from app.services.duplicates.hashing import FrameHasher
from app.services.duplicates.spoken_text import TextMatch, compare_texts
from tests.api.support.rows import add_row, add_transcript
from tests.api.test_duplicates import add_hashes, groups
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

MOON = (
    "The moon pulls the water of the oceans towards itself and so there are two tides on each day.",
    "Sailors have read the tables of these tides for centuries before they left the harbour.",
)
BREAD = (
    "A good bread needs flour, water and salt, and above all the patience of the person who bakes it.",
    "Let the dough rest for a night in the cold, and heat the oven for an hour before you start.",
)
MISHEARD = tuple(text.replace("water", "waiter").replace("harbour", "arbour") for text in MOON)
MOND = ("Der Mond zieht das Wasser der Meere an, und darum gibt es an jedem Tag zwei Fluten und zwei Ebben.",)


async def add_talk(library: Library, container: ApiContainer, name: str, source: Path) -> None:
    metadata = await ffprobe.probe(source, settings=container.settings)
    add_row(
        library,
        name,
        size_bytes=source.stat().st_size,
        duration_seconds=metadata.duration_seconds,
        audio_codec=metadata.audio_codec,
    )


@pytest.mark.slow
async def test_talks_over_one_picture_need_the_same_text(
    client: httpx.AsyncClient, container: ApiContainer, library: Library
) -> None:
    for name in ("moon", "bread", "again", "unknown"):
        codec = "libx264" if name == "moon" else "mpeg4"
        video = make_video(library.folder / f"{name}.mp4", seconds=8, pattern="smptebars", video_codec=codec)
        await add_talk(library, container, name, video)
    assert await FrameHasher(container.settings, container.uploader).hash_missing() == 4
    assert await groups(client) == []
    add_transcript(library, "moon", "en", *MOON)
    add_transcript(library, "bread", "en", *BREAD)
    assert await groups(client) == []
    add_transcript(library, "again", "en", *MISHEARD)
    assert [(kind, members) for kind, _, members in await groups(client)] == [("similar", ["moon", "again"])]
    library.execute("UPDATE videos SET audio_codec = NULL WHERE identifier IN ('unknown', 'again')")
    assert [members for _, _, members in await groups(client)] == [["moon", "again", "unknown"]]


@pytest.mark.parametrize(
    ("language", "texts", "is_listed"),
    [("en", MISHEARD, True), ("en", BREAD, False), ("de", MOND, True), ("en", ("Thank you.",), True)],
    ids=["same", "different", "other-language", "no-speech"],
)
async def test_different_talks_over_the_same_slides_are_left_out(
    client: httpx.AsyncClient, library: Library, language: str, texts: tuple[str, ...], is_listed: bool
) -> None:
    for name in ("first", "second"):
        add_row(library, name, duration_seconds=600, audio_codec="aac")
        add_hashes(library, name, seed=1)
    assert len(await groups(client)) == 1
    add_transcript(library, "first", "en", *MOON)
    assert len(await groups(client)) == 1
    add_transcript(library, "second", language, *texts)
    assert len(await groups(client)) == is_listed


async def test_corrected_transcript_is_compared_again(client: httpx.AsyncClient, library: Library) -> None:
    for name, texts in (("first", MOON), ("second", BREAD)):
        add_row(library, name, duration_seconds=600, audio_codec="aac")
        add_hashes(library, name, seed=1)
        add_transcript(library, name, "en", *texts)
    assert await groups(client) == []
    library.execute(
        "DELETE FROM transcripts WHERE video_id = (SELECT id FROM videos WHERE identifier = 'second')"
    )
    library.execute("DELETE FROM transcript_segments WHERE text = ANY(%s)", list(BREAD))
    add_transcript(library, "second", "en", *MOON)
    assert len(await groups(client)) == 1


def test_start_of_a_talk_is_the_same_talk() -> None:
    assert compare_texts(" ".join(MOON), MOON[1]) is TextMatch.SAME
