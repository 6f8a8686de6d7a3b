"""`videomoments export`: cut moments or ranges into files to post elsewhere, and save them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli import export_options as options
from cli.export_options import Captions, Fill, Format, Style, parse_crop, parse_time

if TYPE_CHECKING:
    from app.models.export import ExportCreate

EPILOG = """
A worker (`make run` starts one) encodes the files; they are kept in the bucket and saved here, named after
their titles. Repeating the command saves the files of finished exports. Nothing is overwritten: if a
file with different content exists, the new one gets a number.

`videomoments status` lists videos and runs; the ids of moments are in `GET /api/videos/ID/moments` and in the
web app's links. Times are seconds or `h:mm:ss`: 83.2, 1:23.2 and 0:01:23.2 are the same.

**Examples**

    videomoments export talk --all                                        every moment, as it is
    videomoments export talk --moment 0a1b2c3d4e5f6071 --format 9:16 --captions burned --style bold
    videomoments export talk --from 1:23.2 --to 1:58 --title "Why the tides turn" --out clips
    videomoments export talk --all --format 9:16 --crop 0.3               show a part left of the centre
    videomoments export talk --all --format 1:1 --fill blur               show the whole picture
    videomoments export talk --all --captions sidecar --json              with .vtt and .srt files

**Exit codes**

    0    every file is saved, or queued with --detach
    1    some failed; cause and remedy are on stderr
    2    usage error
    3    could not start: servers unavailable
    130  Ctrl-C: stopped waiting; the exports continue
"""


def export(
    video: options.VideoArgument,
    *,
    moment: options.Moments = None,
    start: options.Start = None,
    end: options.End = None,
    all_moments: options.AllMoments = False,
    title: options.Title = None,
    picture_format: options.FormatOption = Format.SOURCE,
    fill: options.FillOption = Fill.CROP,
    crop: options.Crop = "center",
    captions: options.CaptionsOption = Captions.NONE,
    style: options.StyleOption = Style.CLASSIC,
    loudness: options.Loudness = True,
    fade: options.Fade = True,
    out: options.Out = Path(),
    detach: options.Detach = False,
    json_output: options.Json = False,
) -> None:
    """Export moments or a range of a video as files to post elsewhere.

    Cuts are exact to the frame. Give one of --moment, --from with --to, or --all.
    """
    has_range = start is not None and end is not None
    if (start is None) != (end is None):
        raise typer.BadParameter("--from and --to are needed together")
    if [bool(moment), has_range, all_moments].count(True) != 1:
        raise typer.BadParameter("give one of --moment, --from with --to, or --all")
    if title is not None and not has_range:
        raise typer.BadParameter("--title needs --from and --to; moments have their own titles")
    wanted = _validated(
        {
            "start_time": parse_time(start) if start is not None else None,
            "end_time": parse_time(end) if end is not None else None,
            "title": title,
            "moment_ids": moment or None,
            "moments": "all" if all_moments else None,
            "format": picture_format.value,
            "fill": fill.value,
            "crop": parse_crop(crop),
            "captions": captions.value,
            "caption_style": style.value,
            "normalize_loudness": loudness,
            "audio_fade": fade,
        }
    )
    # Not needed for help and usage errors.
    from cli.export_run import ExportCommand  # noqa: PLC0415

    raise typer.Exit(ExportCommand(video, wanted, out=out, detach=detach, as_json=json_output).run())


def _validated(wanted: dict[str, Any]) -> "ExportCreate":
    from pydantic import ValidationError  # noqa: PLC0415

    from app.models.export import ExportCreate  # noqa: PLC0415

    try:
        return ExportCreate.model_validate(wanted)
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(str(part) for part in problem["loc"])
        raise typer.BadParameter(f"{name}: {problem['msg']}" if name else problem["msg"]) from None
