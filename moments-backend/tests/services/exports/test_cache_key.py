"""Changes that make a new file, and changes that do not."""

from typing import Any

import pytest

from app.database.models import Video
from app.models.export import ExportOptions
from app.models.transcript import Transcript, Word
from app.services.exports.cache_key import cache_key


def transcript(text: str, *, shift: float = 0.0) -> Transcript:
    words = [
        Word(word=word, start=number + shift, end=number + 1 + shift)
        for number, word in enumerate(text.split())
    ]
    return Transcript(text=text, language="en", word_timestamps=words, segment_timestamps=[])


TEXT = transcript("the tide turns twice a day at least")


def key(
    start: float = 1.0,
    end: float = 4.0,
    *,
    title: str = "Tides",
    md5: str = "0" * 32,
    text: Transcript | None = TEXT,
    media: dict[str, Any] | None = None,
    **options: Any,
) -> str:
    video = Video(cloud_url="gs://bucket/videos/talk/talk.mp4", md5=md5, size_bytes=1, media=media)
    return cache_key(
        video, start=start, end=end, title=title, options=ExportOptions(**options), transcript=text
    )


@pytest.mark.parametrize(
    "change",
    [
        {"start": 1.001},
        {"end": 3.999},
        {"title": "Moon"},
        {"md5": "1" * 32},
        {"media": {"audio_stream": 2}},
        {"format": "9:16"},
        {"captions": "sidecar"},
        {"normalize_loudness": False},
        {"audio_fade": False},
    ],
    ids=str,
)
def test_different_files_have_different_keys(change: dict[str, Any]) -> None:
    assert key(**change) != key()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"start": 1.0}, {"start": 1.0004}),
        ({"fill": "crop"}, {"fill": "blur"}),
        ({"caption_style": "bold"}, {"caption_style": "classic"}),
        ({"crop": "center", "format": "9:16"}, {"crop": {"x": 0.5}, "format": "9:16"}),
        ({"crop": {"x": 0.1}, "format": "1:1", "fill": "blur"}, {"format": "1:1", "fill": "blur"}),
        ({"text": None}, {"text": transcript("something else")}),
    ],
    ids=str,
)
def test_same_files_have_the_same_key(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert key(**one) == key(**other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"crop": {"x": 0.1}, "format": "9:16"}, {"format": "9:16"}),
        ({"fill": "blur", "format": "9:16"}, {"format": "9:16"}),
        ({"caption_style": "bold", "captions": "burned"}, {"captions": "burned"}),
    ],
    ids=str,
)
def test_options_count_where_they_have_an_effect(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert key(**one) != key(**other)


@pytest.mark.parametrize("captions", ["burned", "sidecar"])
def test_corrections_in_the_range_make_a_new_file(captions: str) -> None:
    before = key(captions=captions)
    assert key(captions=captions, text=transcript("the tide turns once a day at least")) != before
    assert key(captions=captions, text=transcript("the tide turns twice a day at most")) == before
    assert key(captions=captions, text=transcript(TEXT.text, shift=0.2)) != before
