"""Checks of FFmpeg and ffprobe for `videomoments doctor`."""

from app.core.config import Settings
from app.core.exceptions import ToolMissingError
from app.media.binaries import find_ffmpeg, find_ffprobe, tool_version
from app.media.capabilities import find_gaps, missing_demuxers
from cli.checks_base import CheckResult, State

_SHOWN = 4
"""Gaps that are named; a build that lacks more than these is best replaced."""


async def check_ffmpeg(settings: Settings) -> str | CheckResult:
    """Name what does not work with this build; only required components fail the check."""
    path = find_ffmpeg(settings)
    detail = f"{await tool_version(path)} at {path}"
    gaps = await find_gaps(path)
    required = [gap for gap in gaps if gap.is_required]
    if required:
        raise ToolMissingError(
            f"{detail} lacks what is needed for {'; '.join(map(str, required))}",
            remedy=_remedy("ffmpeg", settings.ffmpeg_path is not None),
        )
    if gaps:
        named = "; ".join(map(str, gaps[:_SHOWN]))
        others = f"; and {len(gaps) - _SHOWN} more" if len(gaps) > _SHOWN else ""
        return CheckResult(
            "",
            State.WARNING,
            f"{detail} does not support {named}{others}",
            _remedy("ffmpeg", settings.ffmpeg_path is not None),
        )
    return detail


async def check_ffprobe(settings: Settings) -> str:
    path = find_ffprobe(settings)
    detail = f"{await tool_version(path)} at {path}"
    if missing := await missing_demuxers(path):
        raise ToolMissingError(
            f"{detail} cannot read the containers {', '.join(missing)}",
            remedy=_remedy("ffprobe", settings.ffprobe_path is not None),
        )
    return detail


def _remedy(program: str, is_set: bool) -> str:
    if is_set:
        return f"remove {program.upper()}_PATH to use the bundled build, or set it to a complete one"
    return "run `make setup` to install the bundled build, or install a complete FFmpeg"
