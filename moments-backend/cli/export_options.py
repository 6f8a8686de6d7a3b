"""Options of `videomoments export`."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,6}(?:\.\d{1,6})?)")
MINUTE, HOUR = 60, 3600


class Format(StrEnum):
    SOURCE = "source"
    WIDE = "16:9"
    VERTICAL = "9:16"
    SQUARE = "1:1"
    PORTRAIT = "4:5"


class Captions(StrEnum):
    NONE = "none"
    BURNED = "burned"
    SIDECAR = "sidecar"


class Style(StrEnum):
    CLASSIC = "classic"
    BOLD = "bold"
    KARAOKE = "karaoke"


class Fill(StrEnum):
    CROP = "crop"
    BLUR = "blur"


def parse_time(text: str) -> float:
    """Return the seconds of `83.2`, `1:23.2` or `0:01:23.2`.

    Raises:
        typer.BadParameter: it is not a time, or a number after a colon is 60 or more.
    """
    found = _TIME.fullmatch(text.strip())
    if found is not None:
        hours, minutes, seconds = int(found[1] or 0), int(found[2] or 0), float(found[3])
        if (found[2] is None or seconds < MINUTE) and (found[1] is None or minutes < MINUTE):
            return hours * HOUR + minutes * MINUTE + seconds
    raise typer.BadParameter(f"{text!r} is not a time: use seconds or h:mm:ss, such as 83.2 or 1:23.2")


def parse_crop(text: str) -> Any:
    """Return the crop position of `center`, `X` or `X,Y`.

    Raises:
        typer.BadParameter: it is not a position, or outside 0 to 1.
    """
    if text == "center":
        return text
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) not in {1, 2} or not all(0 <= value <= 1 for value in values):
        raise typer.BadParameter(
            f"{text!r} is not a position: use X or X,Y from 0 (left, top) to 1 (right, bottom)"
        )
    return dict(zip(("x", "y"), values, strict=False))


VideoArgument = Annotated[str, typer.Argument(metavar="ID", help="The id of a video.")]
Moments = Annotated[
    list[str] | None,
    typer.Option("--moment", metavar="M", help="Id of a moment; repeatable.", show_default=False),
]
Start = Annotated[
    str | None, typer.Option("--from", metavar="T", help="Start of a range.", show_default=False)
]
End = Annotated[str | None, typer.Option("--to", metavar="T", help="End of a range.", show_default=False)]
AllMoments = Annotated[bool, typer.Option("--all", help="All moments of the video.")]
Title = Annotated[
    str | None, typer.Option(help="Title of a range, which names its file.", show_default=False)
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="Aspect ratio; source keeps that of the video.")
]
FillOption = Annotated[
    Fill, typer.Option(help="Cut off what does not fit, or show the whole picture above a blurred copy.")
]
Crop = Annotated[
    str, typer.Option(metavar="X[,Y]", help="Visible part: 0 is left or top, 1 right or bottom.")
]
CaptionsOption = Annotated[
    Captions, typer.Option(help="Burned into the picture, or as files beside the video.")
]
StyleOption = Annotated[
    Style, typer.Option(help="Style of burned-in captions; karaoke highlights the spoken word.")
]
Loudness = Annotated[bool, typer.Option("--loudness/--no-loudness", help="Normalise the audio to -14 LUFS.")]
Fade = Annotated[bool, typer.Option("--fade/--no-fade", help="Fade the audio briefly at the cuts.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files.")]
Detach = Annotated[bool, typer.Option("--detach", help="Queue the exports, and save no files.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document after all exports have ended.")]
