"""Captions as an ASS document, which libass draws into the picture.

https://github.com/libass/libass/wiki/ASS-File-Format-Guide
"""

from collections.abc import Sequence

from app.media.caption_cues import Cue, Line, TimedWord
from app.media.caption_style import CaptionLayout, is_right_to_left
from app.media.font_metrics import FAMILY

_WHITE, _BLACK, _BOX, _SHADOW = "&H00FFFFFF", "&H00000000", "&H59000000", "&H80000000"
"""Colours of styles as `&HAABBGGRR`; an alpha of 0 is opaque."""

_PLAIN_WORD, _SPOKEN_WORD = "&HFFFFFF&", "&H26D7FF&"
"""Colours of text: white and yellow."""

_OUTLINE_BORDER, _BOX_BORDER = 1, 4
"""Border styles: an outline with a shadow, and one box behind all lines (an extension of libass)."""

_LEFT_TO_RIGHT, _DETECTED = 1, -1
"""Encodings, by which libass chooses the base direction of lines."""

_LRM, _RLM, _WORD_JOINER = "\u200e", "\u200f", "\u2060"

_STYLE_FIELDS = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
    "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, "
    "MarginR, MarginV, Encoding"
)


def ass_document(cues: Sequence[Cue], layout: CaptionLayout) -> str:
    """Return the document of captions, whose sizes are those of the picture."""
    lines = [
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {layout.width}",
        f"PlayResY: {layout.height}",
        "WrapStyle: 2",  # lines are broken here, with the widths of the font
        "ScaledBorderAndShadow: yes",
        "",
        "[V4+ Styles]",
        f"Format: {_STYLE_FIELDS}",
        _style("Plain", layout, _DETECTED),
        _style("Karaoke", layout, _LEFT_TO_RIGHT),
        "",
        "[Events]",
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
    ]
    is_karaoke = layout.style == "karaoke"
    for cue in cues:
        text = _karaoke_text(cue) if is_karaoke else r"\N".join(map(_plain_line, cue.lines))
        style = "Karaoke" if is_karaoke else "Plain"
        lines.append(f"Dialogue: 0,{_time(cue.start)},{_time(cue.end)},{style},,0,0,0,,{text}")
    return "\n".join([*lines, ""])


def _style(name: str, layout: CaptionLayout, encoding: int) -> str:
    if layout.style == "classic":
        border = (
            _BOX_BORDER,
            0.0,
            round(layout.font * 0.26, 1),
        )  # without outline; the shadow is the padding
        colors = (_WHITE, _WHITE, _BOX, _BOX)
    else:
        border = (_OUTLINE_BORDER, round(layout.font * 0.075, 1), round(layout.font * 0.03, 1))
        colors = (_WHITE, _WHITE, _BLACK, _SHADOW)
    values = (
        *(name, FAMILY, round(layout.line_height, 1), *colors),
        *(-1, 0, 0, 0, 100, 100, 0, 0, *border),
        *(2, 0, 0, layout.bottom, encoding),
    )
    return "Style: " + ",".join(map(str, values))


def _plain_line(words: Line) -> str:
    return _escaped("".join(_spaced(word, number) for number, word in enumerate(words)))


def _spaced(word: TimedWord, number: int) -> str:
    return word.text if number == 0 or word.continues else f" {word.text}"


def _karaoke_text(cue: Cue) -> str:
    """Return the lines, in which each word has the colour of the highlight while it is spoken."""
    words = [word for line in cue.lines for word in line]
    until = {
        id(word): following.start if following.start - word.end < _JOINED_SECONDS else word.end
        for word, following in zip(words, [*words[1:], words[-1]], strict=True)
    }
    until[id(words[-1])] = words[-1].end
    return r"\N".join(_karaoke_line(line, cue.start, until) for line in cue.lines)


_JOINED_SECONDS = 0.5
"""The highlight remains on a word during shorter pauses."""


def _karaoke_line(words: Line, cue_start: float, until: dict[int, float]) -> str:
    """Return one line, in which each word changes its colour twice.

    libass orders words of different colours from left to right, in any script, so they are ordered here.
    """
    is_rtl = is_right_to_left("".join(word.text for word in words))
    parts = []
    for number, word in enumerate(_visual_order(words) if is_rtl else words):
        text = _escaped(word.text)
        if is_right_to_left(word.text):
            text = f"{_RLM}{text}{_RLM}"
        if number and not word.continues:
            parts.append(f"{_LRM} {_LRM}" if is_rtl else " ")
        begins, ends = (round((time - cue_start) * 1000) for time in (word.start, until[id(word)]))
        parts.append(f"{{{_color_change(begins, _SPOKEN_WORD)}{_color_change(ends, _PLAIN_WORD)}}}{text}")
        parts.append(f"{{\\1c{_PLAIN_WORD}}}")
    return "".join(parts)


def _visual_order(words: Line) -> list[TimedWord]:
    """Return the words of a right-to-left line from left to right; runs of other words keep their order."""
    ordered: list[TimedWord] = []
    run: list[TimedWord] = []
    for word in words:
        if is_right_to_left(word.text):
            ordered[:0] = run
            ordered.insert(0, word)
            run = []
        else:
            run.append(word)
    return [*run, *ordered]


def _color_change(milliseconds: int, color: str) -> str:
    at = max(0, milliseconds)
    return rf"\t({at},{at + 1},\1c{color})"


def _escaped(text: str) -> str:
    """Return text that contains no command: a backslash and a brace begin one."""
    # The invisible joiner separates the backslash from a letter after it.
    text = text.replace("\\", f"\\{_WORD_JOINER}")
    return text.replace("{", r"\{").replace("}", r"\}")


def _time(seconds: float) -> str:
    hundredths = max(0, round(seconds * 100))
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest // 100:02}.{rest % 100:02}"
