"""Selection and reading of captions that people wrote."""

from pathlib import Path

import pytest

from app.core.config import Settings
from app.models.media_info import MediaInfo, SubtitleStream
from app.services.transcripts.caption_source import (
    Captions,
    embedded_captions,
    rank_captions,
    sidecar_captions,
    site_captions,
    transcript_of,
)
from app.services.transcripts.sidecars import Sidecar
from tests.fixtures.media import ffmpeg, make_video

VIDEO = Path("talk.mkv")

VTT = """WEBVTT - a title

NOTE a comment

1
00:01.000 --> 00:02.000 align:start
<v Ann>My mother-in-law &amp; <i>I</i>
live here.

00:02.000 --> 00:03.500
- Café
"""
SRT = (
    "1\r\n00:00:01,000 --> 00:00:02,000\r\n{\\an8}<font color=red>First</font>\r\n\r\n"
    "2\r\n00:00:03,000 --> 00:00:02,000\r\nEnds before it starts\r\n"
)


def subtitles(*streams: tuple[str | None, str]) -> MediaInfo:
    """Return the facts of a file with streams of a language and a kind: text, picture, forced, default."""
    return MediaInfo(
        subtitles=tuple(
            SubtitleStream(
                index=number,
                codec="subrip",
                is_text=kind != "picture",
                is_forced=kind == "forced",
                is_default=kind == "default",
                language=language,
            )
            for number, (language, kind) in enumerate(streams, start=2)
        )
    )


def of_site(language: str | None, name: str) -> Captions:
    return Captions(language, Path(name))


def embedded(language: str | None, stream: int) -> Captions:
    return Captions(language, VIDEO, stream, "embedded")


@pytest.mark.parametrize(
    ("files", "streams", "spoken", "expected"),
    [
        ([], (), "eng", []),
        (["en.vtt"], (), None, [of_site("en", "en.vtt")]),
        (["de.vtt", "en.vtt"], (), None, [of_site("en", "en.vtt")]),
        (["de.vtt", "fr.srt"], (), None, []),
        (["de.vtt", "fr.srt"], (), "fre", [of_site("fr", "fr.srt")]),
        (["pt-BR.vtt"], (), "por", [of_site("pt", "pt-BR.vtt")]),
        (["en.vtt"], (), "ger", []),
        (["en.vtt"], (("eng", "text"),), "eng", [embedded("en", 2), of_site("en", "en.vtt")]),
        ([], ((None, "text"), ("ger", "text")), "ger", [embedded("de", 3), embedded(None, 2)]),
        ([], (("eng", "forced"), ("eng", "picture"), ("eng", "text")), "eng", [embedded("en", 4)]),
        ([], (("eng", "text"), ("eng", "default")), "eng", [embedded("en", 3), embedded("en", 2)]),
        ([], (("und", "text"),), None, [embedded(None, 2)]),
    ],
)
def test_captions_in_the_spoken_language_are_ranked(
    files: list[str],
    streams: tuple[tuple[str | None, str], ...],
    spoken: str | None,
    expected: list[Captions],
) -> None:
    candidates = [*site_captions(map(Path, files)), *embedded_captions(VIDEO, subtitles(*streams))]
    assert rank_captions(candidates, spoken=spoken) == expected


def test_sidecars_rank_before_other_captions() -> None:
    sidecars = sidecar_captions([Sidecar(Path("talk.srt"), None), Sidecar(Path("talk.en.srt"), "en")])
    others = [*site_captions([Path("en.vtt")]), *embedded_captions(VIDEO, subtitles(("eng", "text")))]
    ranked = rank_captions([*others, *sidecars], spoken="en")
    assert [(found.source, found.language) for found in ranked] == [
        ("sidecar", "en"),
        ("sidecar", None),
        ("embedded", "en"),
        ("site", "en"),
    ]


async def read(
    captions: Captions, folder: Path, seconds: float | None = None
) -> list[tuple[str, float, float]]:
    found = await transcript_of(captions, folder, settings=Settings(), timeout=30, seconds=seconds)
    return [] if found is None else [(s.text, s.start, s.end) for s in found.segment_timestamps]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("en.vtt", VTT, [("My mother-in-law & I live here.", 1.0, 2.0), ("- Café", 2.0, 3.5)]),
        ("en.srt", SRT, [("First", 1.0, 2.0), ("Ends before it starts", 3.0, 4.26)]),
        ("en.vtt", "WEBVTT\n", []),
        ("en.srt", "no captions", []),
        ("en.vtt", "#EXTM3U\n/etc/passwd\n", []),
    ],
)
async def test_caption_files_are_read(
    tmp_path: Path, name: str, content: str, expected: list[tuple[str, float, float]]
) -> None:
    (tmp_path / name).write_text(content)
    assert await read(Captions("en", tmp_path / name), tmp_path) == expected


GERMAN = "Das ist nicht der Hafen, den wir für die Schiffe und die Leute gebaut haben."


@pytest.mark.parametrize(("spoken", "language"), [(None, "de"), ("ger", "de"), ("eng", None), ("da", "da")])
async def test_language_of_unnamed_captions(tmp_path: Path, spoken: str | None, language: str | None) -> None:
    """Text in a clearly different language than the spoken one is a translation."""
    file = tmp_path / "talk.srt"
    file.write_text(f"1\n00:00:01,000 --> 00:00:05,000\n{GERMAN}\n", "cp1252")
    captions = Captions(None, file, source="sidecar")
    found = await transcript_of(
        captions, tmp_path, spoken=spoken, settings=Settings(), timeout=30, seconds=None
    )
    assert (found.language if found else None) == language
    assert found is None or (found.text, found.source) == (GERMAN, "sidecar")


async def test_words_are_timed_inside_their_caption(tmp_path: Path) -> None:
    (tmp_path / "en.vtt").write_text(VTT)
    found = await transcript_of(
        Captions("en", tmp_path / "en.vtt"), tmp_path, settings=Settings(), timeout=30, seconds=3
    )
    assert found is not None
    words = [word.word for word in found.word_timestamps]
    assert words[:2] == ["My", "mother-in-law"]
    assert all(1 <= word.start <= word.end <= 3 for word in found.word_timestamps)
    assert (found.language, found.source) == ("en", "site")


async def test_embedded_subtitles_are_read_on_the_axis(tmp_path: Path) -> None:
    """Times count from the first picture, whatever the file's clock starts with."""
    (tmp_path / "s.srt").write_text(SRT)
    plain = make_video(tmp_path / "plain.mp4", seconds=4)
    video = tmp_path / "talk.mkv"
    ffmpeg("-i", plain, "-i", tmp_path / "s.srt", "-c", "copy", "-output_ts_offset", "100", video)
    assert (await read(Captions("en", video, 2, "embedded"), tmp_path))[0] == ("First", 1.0, 2.0)
