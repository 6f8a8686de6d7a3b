"""`videomoments playback`: make copies of videos that browsers cannot play."""

from typing import Annotated

import typer

from cli.run_options import Detach, Json

EPILOG = """
With PLAYBACK_COPIES=auto (the default), workers make these copies automatically. They are stored in the
bucket; the originals do not change. With an ID, a copy is made even if browsers should play the original.

**Examples**

    videomoments playback talk               copy one video
    videomoments playback --all              copy every video that needs it
    videomoments playback --all --detach     do not wait for them

**Exit codes**

    0    every copy is made, or queued with --detach
    1    some failed; cause and remedy are on stderr
    2    usage error
    3    could not start: servers unavailable
    130  Ctrl-C: stopped following; the runs continue

See also: `videomoments status`, `cancel` and `retry` with `--kind playback`.
"""


def playback(
    videos: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Ids of videos.")] = None,
    *,
    all_videos: Annotated[bool, typer.Option("--all", help="All videos that need a copy.")] = False,
    detach: Detach = False,
    json_output: Json = False,
) -> None:
    """Make copies that every browser plays.

    A worker (`make run` starts one) copies the streams into an MP4 file, or encodes them where necessary.
    """
    if bool(videos) == all_videos:
        raise typer.BadParameter("give either ids or --all")
    # Not needed for help and usage errors.
    from cli.playback_run import PlaybackCommand  # noqa: PLC0415

    command = PlaybackCommand(list(dict.fromkeys(videos or ())), detach=detach, as_json=json_output)
    raise typer.Exit(command.run())
