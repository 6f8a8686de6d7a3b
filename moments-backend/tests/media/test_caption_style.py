"""Text that the bundled fonts can write, and the document that libass draws."""

import re

import pytest

from app.core.exceptions import CaptionsNotBurnableError
from app.media.ass_document import ass_document
from app.media.caption_cues import make_cues
from app.media.caption_style import burnable_text, caption_layout, check_burnable, is_right_to_left
from app.media.font_metrics import FONTS_FOLDER, advances, has_glyph, line_height, text_width
from app.models.export import CaptionStyle
from app.models.transcript import Word


def word(text: str, start: float = 0.0, end: float = 1.0) -> Word:
    return Word(word=text, start=start, end=end)


@pytest.mark.parametrize(
    "text",
    [
        "Zürich, naïve – “quoted” 100 % €5 don’t…",
        "Привет, мир!",
        "Καλημέρα",
        "שָׁלוֹם",
        "مرحبا بكم، پچگ",
        "नमस्ते",
        "Հայ",
        "ქართ",
    ],
)
def test_bundled_fonts_write_these_scripts(text: str) -> None:
    check_burnable([word(text)])
    assert burnable_text(text) == text


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("你好", "Chinese characters"),
        ("こんにちは", "Hiragana"),
        ("안녕", "Hangul"),
        ("สวัสดี", "Thai"),
        ("வணக்கம்", "Tamil"),
        ("১২", "Bengali"),
    ],
)
def test_other_scripts_are_refused_with_a_remedy(text: str, script: str) -> None:
    with pytest.raises(CaptionsNotBurnableError, match=rf"contain {script} \(Hi{text}\)") as caught:
        check_burnable([word("fine"), word(f"Hi{text}")])
    assert "sidecar" in str(caught.value.remedy)
    assert caught.value.status == 422


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Great 😀👍🏽 ❤️!", "Great !"),
        ("♪ la la ♪", "la la"),
        ("ＡＢＣ ① 𝓗𝓲", "ABC 1 Hi"),
        ("two\nlines\tand\r\nmore\x00\x1b[0m", "two lines and more[0m"),
        ("e\u0301", "é"),
        ("👨‍👩‍👧", ""),
    ],
)
def test_symbols_without_glyphs_are_left_out(text: str, shown: str) -> None:
    check_burnable([word(text)])
    assert burnable_text(text) == shown


def test_fonts_have_a_licence_and_known_widths() -> None:
    assert "SIL OPEN FONT LICENSE" in (FONTS_FOLDER.parent / "OFL.txt").read_text()
    assert sum(path.stat().st_size for path in FONTS_FOLDER.iterdir()) < 1024**2
    assert len(advances()) > 4000
    assert line_height() == pytest.approx(1.362)
    assert text_width("WW") > text_width("ii") > 0
    assert text_width("a\u0301") == text_width("a")
    assert not has_glyph("語")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("abc", False), ("123 שלום", True), ("مرحبا Zoom", True), ("Zoom مرحبا", False), ("12!", False)],
)
def test_direction_is_that_of_the_first_letter(text: str, expected: bool) -> None:
    assert is_right_to_left(text) is expected


def document(text: str, style: CaptionStyle = "classic") -> str:
    layout = caption_layout(style, 1280, 720)
    words = [word(part, number, number + 0.8) for number, part in enumerate(text.split(" "))]
    return ass_document(make_cues(words, layout, start=0, end=100), layout)


def events(text: str, style: CaptionStyle = "classic") -> list[str]:
    return re.findall(r"^Dialogue: (?:[^,]*,){9}(.*)$", document(text, style), re.MULTILINE)


@pytest.mark.parametrize("style", ["classic", "bold", "karaoke"])
def test_hostile_text_contains_no_command(style: CaptionStyle) -> None:
    hostile = "{\\an8\\fs200}\\N\\pos(0,0){\\clip(m"
    (text,) = events(hostile, style)
    own = re.sub(r"\{\\t\(\d+,\d+,\\1c&H26D7FF&\)\\t\(\d+,\d+,\\1c&HFFFFFF&\)\}|\{\\1c&HFFFFFF&\}", "", text)
    assert re.findall(r"(?<!\\)[{}]", own) == []
    assert [char for char in re.findall(r"\\(.)", own) if char not in "{}\u2060"] == []


def test_document_has_one_event_per_caption() -> None:
    assert events("Hello there.") == ["Hello there."]
    text = document("Hello there.")
    assert "PlayResX: 1280" in text
    assert "Dialogue: 0,0:00:00.00,0:00:02.10,Plain,,0,0,0,,Hello there." in text


def test_karaoke_changes_colours_at_the_words() -> None:
    (text,) = events("Hello there.", "karaoke")
    assert re.findall(r"\\t\((\d+),", text) == ["0", "1000", "1000", "1800"]


def test_karaoke_orders_right_to_left_words() -> None:
    (text,) = events("שלום Big Zoom תודה", "karaoke")
    plain = re.sub(r"\{[^}]*\}|[\u200e\u200f]", "", text)
    assert plain == "תודה Big Zoom שלום"
