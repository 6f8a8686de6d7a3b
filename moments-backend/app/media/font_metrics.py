"""Characters and widths of the bundled caption fonts, read from their files.

https://learn.microsoft.com/typography/opentype/spec/cmap
"""

import struct
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FONTS_FOLDER = Path(__file__).with_name("fonts") / "captions"
FAMILY = "VideoMoments Captions"
"""Family name of all files, from which libass takes the glyphs of a line."""

_SEGMENTS, _GROUPS = 4, 12
"""Formats of the character maps that are read: 16-bit segments, and groups of any character."""


@cache
def advances() -> Mapping[int, float]:
    """Return the width of each character that a font has, in parts of the font size (em)."""
    found: dict[int, float] = {}
    for path in sorted(FONTS_FOLDER.glob("*.ttf")):
        for code, width in _read(path.read_bytes()).items():
            found.setdefault(code, width)
    return found


@cache
def line_height() -> float:
    """Return ascent and descent in parts of the font size; ASS states this height as the size."""
    content = next(iter(sorted(FONTS_FOLDER.glob("*.ttf")))).read_bytes()
    tables = _tables(content)
    (units,) = struct.unpack_from(">H", content, tables["head"] + 18)
    ascent, descent = struct.unpack_from(">hh", content, tables["hhea"] + 4)
    return float((ascent - descent) / units)


def text_width(text: str) -> float:
    """Return the width of a text in parts of the font size, without kerning and ligatures."""
    widths = advances()
    return sum(widths.get(ord(char), 0.0) for char in text)


def has_glyph(char: str) -> bool:
    """Return whether a bundled font has the character."""
    return ord(char) in advances()


def _tables(content: bytes) -> dict[str, int]:
    """Return the offset of each table."""
    (count,) = struct.unpack_from(">H", content, 4)
    records = (struct.unpack_from(">4sIII", content, 12 + 16 * number) for number in range(count))
    return {tag.decode("ascii"): offset for tag, _, offset, _ in records}


def _read(content: bytes) -> dict[int, float]:
    tables = _tables(content)
    (units,) = struct.unpack_from(">H", content, tables["head"] + 18)
    (long_count,) = struct.unpack_from(">H", content, tables["hhea"] + 34)

    def width(glyph: int) -> float:
        at = tables["hmtx"] + 4 * min(glyph, long_count - 1)
        return float(struct.unpack_from(">H", content, at)[0] / units)

    return {code: width(glyph) for code, glyph in _character_map(content, tables["cmap"]).items() if glyph}


def _character_map(content: bytes, start: int) -> dict[int, int]:
    """Return the glyph of each character, from all Unicode maps of the font."""
    (count,) = struct.unpack_from(">H", content, start + 2)
    glyphs: dict[int, int] = {}
    for number in range(count):
        (offset,) = struct.unpack_from(">I", content, start + 8 + 8 * number)
        (kind,) = struct.unpack_from(">H", content, start + offset)
        if kind == _SEGMENTS:
            glyphs |= _segments(content, start + offset)
        elif kind == _GROUPS:
            glyphs |= _groups(content, start + offset)
    return glyphs


def _segments(content: bytes, start: int) -> dict[int, int]:
    (double,) = struct.unpack_from(">H", content, start + 6)
    count = double // 2
    ends = struct.unpack_from(f">{count}H", content, start + 14)
    starts = struct.unpack_from(f">{count}H", content, start + 16 + double)
    deltas = struct.unpack_from(f">{count}H", content, start + 16 + 2 * double)
    ranges_at = start + 16 + 3 * double
    ranges = struct.unpack_from(f">{count}H", content, ranges_at)
    glyphs: dict[int, int] = {}
    for number, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if ranges[number]:
                at = ranges_at + 2 * number + ranges[number] + 2 * (code - first)
                (glyph,) = struct.unpack_from(">H", content, at)
                if not glyph:
                    continue
            glyphs[code] = (glyph + deltas[number]) & 0xFFFF
    return glyphs


def _groups(content: bytes, start: int) -> dict[int, int]:
    (count,) = struct.unpack_from(">I", content, start + 12)
    groups = (struct.unpack_from(">III", content, start + 16 + 12 * number) for number in range(count))
    return {first + step: glyph + step for first, last, glyph in groups for step in range(last - first + 1)}
