"""Where a clip is cut, and where a moment begins and ends to the ear: looked up in picture and sound."""

from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import MediaError
from app.media.audio import detect_silences
from app.media.clip_encoder import pad_range
from app.media.scene_detection import detect_scene_changes
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment

CUT_WITHIN_SECONDS = 2.0
"""So far a clip's edge moves to a change of shot: less than anybody misses of the padding."""
SILENCE_WITHIN_SECONDS = 0.75
"""So far a moment's edge moves to a silence. Whisper's word times are some tenths of a second off."""
LEAD_SECONDS = 0.15
"""How much of the silence is left before the first word, and twice that after the last one."""


async def clip_boundaries(
    moment: Moment, video: Path, *, settings: Settings, duration: float | None
) -> tuple[float, float]:
    """The padded moment, its edges moved to changes of shot nearby: no flash of another shot. In seconds.

    The moment itself is never cut into, and the clip never leaves the video.
    """
    first, last = moment.start_time, moment.end_time
    start, end = pad_range(first, last, padding=settings.clip_padding, duration=duration)
    before = await _cuts(video, settings, start, min(start + CUT_WITHIN_SECONDS, first)) if start > 0 else []
    after = await _cuts(video, settings, max(end - CUT_WITHIN_SECONDS, last), end) if end != duration else []
    # The new shot is seen from the cut on, so a clip may begin at it, and should end a frame before.
    return (before[-1] if before else start), (after[0] if after else end)


async def snap_to_silence(
    moment: Moment, audio: Path, options: GenerationOptions, *, settings: Settings
) -> tuple[float, float]:
    """The moment's edges, moved into the silences that are really there, near them. In seconds.

    Where there is no silence, or the length would no longer be as asked, the words decide.
    """
    start = await _into_silence(audio, settings, moment.start_time, opening=True)
    end = await _into_silence(audio, settings, moment.end_time, opening=False)
    if options.min_moment_length <= end - start <= options.max_moment_length:
        return start, end
    return moment.start_time, moment.end_time


async def _cuts(video: Path, settings: Settings, start: float, end: float) -> list[float]:
    if end <= start:
        return []
    return [
        cut
        for cut in await detect_scene_changes(video, settings=settings, start=start, end=end)
        if start <= cut <= end
    ]


async def _into_silence(audio: Path, settings: Settings, edge: float, *, opening: bool) -> float:
    """Shortly before the voice begins, or shortly after it ends."""
    low, high = max(0.0, edge - SILENCE_WITHIN_SECONDS), edge + SILENCE_WITHIN_SECONDS
    try:
        found = await detect_silences(audio, settings=settings, start=low, end=high)
    except MediaError:  # beyond the end of the sound
        return edge
    if not found:
        return edge
    begin, end = min(found, key=lambda silence: max(silence[0] - edge, edge - silence[1], 0.0))
    moved = max(begin, end - LEAD_SECONDS) if opening else min(end, begin + 2 * LEAD_SECONDS)
    return round(moved, 3)
