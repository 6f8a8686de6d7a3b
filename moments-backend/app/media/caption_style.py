"""Styles of burned-in captions: sizes, margins, and the text that the bundled fonts can show."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.exceptions import CaptionsNotBurnableError
from app.media.font_metrics import has_glyph, line_height, text_width
from app.models.export import CaptionStyle
from app.models.transcript import Word

_TALL, _WIDE = 0.7, 1.2
"""Aspect ratios up to which pictures are tall (9:16), and from which they are wide."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """Caption sizes of pictures of one shape, in parts of the short side; `bottom` in parts of the height."""

    font: dict[CaptionStyle, float]
    line_width: float
    bottom: float


_SHAPES = {
    # The controls of apps cover the lowest fifth of 9:16 and a tenth at its right.
    "tall": _Shape({"classic": 0.064, "bold": 0.078, "karaoke": 0.074}, 0.78, 0.24),
    "square": _Shape({"classic": 0.05, "bold": 0.066, "karaoke": 0.062}, 0.84, 0.08),
    "wide": _Shape({"classic": 0.052, "bold": 0.07, "karaoke": 0.066}, 1.1, 0.07),
}


@dataclass(frozen=True, slots=True)
class CaptionLayout:
    """Sizes of one style in one picture, in pixels.

    `font` is the size of the font (em), `line_width` the longest line, `bottom` the distance below the text.
    """

    style: CaptionStyle
    width: int
    height: int
    font: float
    line_width: float
    bottom: int

    @property
    def line_height(self) -> float:
        return self.font * line_height()

    @property
    def line_em(self) -> float:
        """Return the longest line in parts of the font size."""
        return self.line_width / self.font


def caption_layout(style: CaptionStyle, width: int, height: int) -> CaptionLayout:
    """Return the sizes of a style in pictures of a size."""
    ratio = width / height
    shape = _SHAPES["tall" if ratio <= _TALL else "wide" if ratio >= _WIDE else "square"]
    short = min(width, height)
    line_width = min(short * shape.line_width, width * 0.9)
    return CaptionLayout(
        style, width, height, short * shape.font[style], line_width, round(height * shape.bottom)
    )


def check_burnable(words: Sequence[Word]) -> None:
    """Raise `CaptionsNotBurnableError` if the bundled fonts lack a letter or digit of the words.

    Symbols that they lack, such as emoji, are left out of burned-in captions.
    """
    for word in words:
        for char in _normalized(word.word):
            if not has_glyph(char) and unicodedata.category(char)[0] in "LN":
                raise CaptionsNotBurnableError(_script(char), word.word)


def burnable_text(text: str) -> str:
    """Return the text on one line, without characters that the fonts lack; empty if none is visible."""
    spaced = (" " if char.isspace() else char for char in _normalized(text))
    shown = (char for char in spaced if has_glyph(char) and unicodedata.category(char) != "Cc")
    text = " ".join("".join(shown).split())
    return text if text_width(text) else ""  # joiners of emoji remain


def is_right_to_left(text: str) -> bool:
    """Return whether the first letter of the text is of a right-to-left script."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


def _normalized(text: str) -> str:
    """Compose accents, and replace variants that the fonts lack (bold, full width) by plain characters."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        char if has_glyph(char) or char.isspace() else unicodedata.normalize("NFKC", char)
        for char in composed
    )


def _script(char: str) -> str:
    """Return the name of the character's script, such as `Hangul`; Unicode names begin with it."""
    name = unicodedata.name(char, "an unknown script")
    if name.startswith("CJK"):
        return "Chinese characters"
    return name.partition(" ")[0].title()
