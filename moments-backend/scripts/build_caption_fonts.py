"""Build the fonts of burned captions from Noto Sans: one family, one size, each character in one file.

libass takes the glyphs of a line from all files of a family, so that a Hebrew line may contain Latin names.
It scales each file by its ascent and descent, which differ between the Noto fonts; they are made equal here.

    pip install fonttools
    python -m scripts.build_caption_fonts FOLDER_OF_NOTO_FONTS
"""

import sys
from pathlib import Path
from typing import Any

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FAMILY = "VideoMoments Captions"
SCRIPTS = ("", "Hebrew", "Arabic", "Devanagari", "Armenian", "Georgian")
"""Noto Sans itself has Latin, Cyrillic and Greek. Earlier fonts have precedence."""

FOLDER = Path(__file__).parents[1] / "app" / "media" / "fonts" / "captions"
_FAMILY_ID, _STYLE_ID, _UNIQUE_ID, _NAME_ID, _POSTSCRIPT_ID = 1, 2, 3, 4, 6
_REMOVED_IDS = (16, 17, 21, 22, 25)


def main(arguments: list[str]) -> None:
    """Write the fonts to `FOLDER`."""
    (source,) = arguments
    seen: set[int] = set()
    metrics: tuple[int, int] | None = None
    for script in SCRIPTS:
        font = TTFont(Path(source) / f"NotoSans{script}-Bold.ttf")
        characters = set(font.getBestCmap())
        _subset(font, characters - seen)
        seen |= characters
        metrics = metrics or (font["OS/2"].usWinAscent, font["OS/2"].usWinDescent)
        _set_metrics(font, *metrics)
        _rename(font, script or "Latin")
        font.save(FOLDER / f"{(script or 'latin').lower()}.ttf")


def _subset(font: Any, characters: set[int]) -> None:
    options = Options(hinting=False, layout_features=["*"], name_IDs=["*"], notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)


def _set_metrics(font: Any, ascent: int, descent: int) -> None:
    os2, horizontal = font["OS/2"], font["hhea"]
    os2.usWinAscent, os2.usWinDescent = ascent, descent
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = ascent, -descent, 0
    horizontal.ascent, horizontal.descent, horizontal.lineGap = ascent, -descent, 0


def _rename(font: Any, script: str) -> None:
    """Set a name of our own: a system font of the same name must not be taken instead."""
    names = {
        _FAMILY_ID: FAMILY,
        _STYLE_ID: "Bold",
        _UNIQUE_ID: f"{FAMILY} {script} Bold",
        _NAME_ID: f"{FAMILY} {script} Bold",
        _POSTSCRIPT_ID: f"{FAMILY.replace(' ', '')}{script}-Bold",
    }
    table = font["name"]
    for removed in _REMOVED_IDS:
        table.removeNames(nameID=removed)
    for number, value in names.items():
        table.setName(value, number, 3, 1, 0x409)


if __name__ == "__main__":
    main(sys.argv[1:])
