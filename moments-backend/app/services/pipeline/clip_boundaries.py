"""Adjust clip boundaries to shot changes, and moment boundaries to silences."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import MediaError
from app.media.audio import detect_silences
from app.media.clip_encoder import pad_range
from app.media.scene_detection import detect_scene_changes
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.services.pipeline.resource_limits import Resource, ResourceLimits

CUT_WITHIN_SECONDS = 2.0
"""Furthest move of a clip's boundary to a shot change."""
SILENCE_WITHIN_SECONDS = 0.75
"""Furthest move of a moment's boundary to a silence; Whisper's word times are off by some 0.1 s."""
LEAD_SECONDS = 0.15
"""Silence kept before the first word; twice as much is kept after the last one."""


async def clip_boundaries(
    moment: Moment, video: Path, *, settings: Settings, duration: float | None
) -> tuple[float, float]:
    """Return start and end of a moment's clip in seconds, moved to shot changes in its padding.

    The moment itself is never shortened, and the clip stays within the video.
    """
    first, last = moment.start_time, moment.end_time
    start, end = pad_range(first, last, padding=settings.clip_padding, duration=duration)
    before = await _cuts(video, settings, start, min(start + CUT_WITHIN_SECONDS, first)) if start > 0 else []
    after = await _cuts(video, settings, max(end - CUT_WITHIN_SECONDS, last), end) if end != duration else []
    # A cut is the first frame of the new shot: a clip may start with it, and has to end before it.
    return (before[-1] if before else start), (after[0] if after else end)


async def snap_to_silence(
    moment: Moment, audio: Path, options: GenerationOptions, *, settings: Settings
) -> tuple[float, float]:
    """Return start and end of a moment in seconds, moved into nearby silences.

    Both stay unchanged if the length would violate `options`.
    """
    start = await _into_silence(audio, settings, moment.start_time, is_start=True)
    end = await _into_silence(audio, settings, moment.end_time, is_start=False)
    if options.min_moment_length <= end - start <= options.max_moment_length:
        return start, end
    return moment.start_time, moment.end_time


async def snap_all_to_silence(
    moments: Sequence[Moment],
    audio: Path,
    options: GenerationOptions,
    *,
    settings: Settings,
    limits: ResourceLimits,
) -> list[Moment]:
    """Return the moments, in order and without overlap, with boundaries in nearby silences."""

    async def snap(moment: Moment) -> tuple[float, float]:
        async with limits.acquire(Resource.FFMPEG):
            return await snap_to_silence(moment, audio, options, settings=settings)

    snapped: list[Moment] = []
    edges = await asyncio.gather(*map(snap, moments))
    for moment, (moved_start, end) in zip(moments, edges, strict=True):
        start = moved_start
        if snapped and start < snapped[-1].end_time:  # both moved into the pause between them
            start = moment.start_time
            snapped[-1] = snapped[-1].model_copy(update={"end_time": min(snapped[-1].end_time, start)})
        snapped.append(moment.model_copy(update={"start_time": start, "end_time": end}))
    return snapped


async def _cuts(video: Path, settings: Settings, start: float, end: float) -> list[float]:
    if end <= start:
        return []
    return [
        cut
        for cut in await detect_scene_changes(video, settings=settings, start=start, end=end)
        if start <= cut <= end
    ]


async def _into_silence(audio: Path, settings: Settings, edge: float, *, is_start: bool) -> float:
    """Return `edge` moved to shortly before speech starts, or shortly after it ends."""
    low, high = max(0.0, edge - SILENCE_WITHIN_SECONDS), edge + SILENCE_WITHIN_SECONDS
    try:
        silences = await detect_silences(audio, settings=settings, start=low, end=high)
    except MediaError:  # the range begins after the end of the audio
        return edge
    if not silences:
        return edge
    start, end = min(silences, key=lambda silence: max(silence[0] - edge, edge - silence[1], 0.0))
    moved = max(start, end - LEAD_SECONDS) if is_start else min(end, start + 2 * LEAD_SECONDS)
    return round(moved, 3)
