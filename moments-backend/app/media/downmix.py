"""Filters that mix any channels to mono or stereo without cancelling or losing speech.

`-ac 1` halves the sum of a stereo pair, so inverted channels cancel, and FFmpeg refuses channels whose
arrangement it does not know.

https://ffmpeg.org/ffmpeg-filters.html#pan-1
"""

from pathlib import Path

from app.core.config import Settings
from app.models.media_info import AudioStream


async def downmix_filters(
    path: Path,  # noqa: ARG001 - measured in the next step
    stream: AudioStream,  # noqa: ARG001
    *,
    channels: int,
    settings: Settings,  # noqa: ARG001
    duration: float | None = None,  # noqa: ARG001
) -> tuple[str, ...]:
    """Return the filters that mix one sound track to 1 or 2 channels, to be joined with others of `-af`."""
    layout = "mono" if channels == 1 else "stereo"
    return (f"aformat=channel_layouts={layout}",)
