"""Free text that enters through the API."""

import pytest
from pydantic import BaseModel, ValidationError

from app.models.moment import Moment, MomentUpdate
from app.models.pipeline import GenerateMomentsRequest
from app.models.schemas import VideoUpdate
from app.models.text import Line, Lines

SURROGATE = "\ud800"
CONTROLS = ("\0", "\x07", "\x1b", "\x7f", "\x85", "\x9b")
BIDIRECTIONAL = ("\u202a", "\u202e", "\u2066", "\u2069")
INVISIBLE = (SURROGATE, *CONTROLS, *BIDIRECTIONAL)


class Note(BaseModel):
    line: Line = ""
    lines: Lines = ""


@pytest.mark.parametrize("character", INVISIBLE, ids=ascii)
def test_invisible_characters_are_rejected(character: str) -> None:
    text = f"a{character}b"
    for model, field in (
        (Note, "line"),
        (Note, "lines"),
        (VideoUpdate, "title"),
        (MomentUpdate, "title"),
    ):
        with pytest.raises(ValidationError, match="must not contain"):
            model.model_validate({field: text})
    for request in (
        {"video_id": "talk", "user_prompt": text},
        {"video_url": f"https://videos.example/{text}.mp4"},
    ):
        with pytest.raises(ValidationError, match="must not contain"):
            GenerateMomentsRequest.model_validate(request)


def test_line_breaks_only_in_multi_line_text() -> None:
    for character in ("\n", "\t", "\r\n"):
        with pytest.raises(ValidationError, match="control characters"):
            Note(line=f"a{character}b")
    assert Note(lines="a\tb\r\nc\n").lines == "a\tb\nc\n"
    with pytest.raises(ValidationError, match="control characters"):
        Note(lines="a\rb")


def test_text_of_all_languages_is_accepted() -> None:
    for text in ("Zürich 東京 😀", "שלום\u200f!", "می\u200cخواهم", "👩\u200d🚀", "a\u00a0b\u00adc"):
        assert Note(line=text).line == text


def test_spaces_around_titles_are_removed() -> None:
    assert VideoUpdate(title=" A talk \n").title == "A talk"


def test_nul_in_generated_text_is_removed() -> None:
    # PostgreSQL would reject the index of all moments of the video.
    moment = Moment(id="0" * 16, start_time=0, end_time=1, title="a\0b", score=1, quote="\0c", reason=None)
    assert (moment.title, moment.quote) == ("ab", "c")
