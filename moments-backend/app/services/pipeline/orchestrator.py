"""The stages of each kind of run, each with its skip rule, timeout, attempts and resource limit.

`runner.py` runs them; their work is in `stages.py`, re-exported here under its documented path.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.models.pipeline import RunKind, StageName
from app.services.pipeline.playback_stages import (
    COPY_TIMEOUT,
    execute_playback_copy,
    execute_playback_upload,
    skip_playback_copy,
    skip_playback_upload,
)
from app.services.pipeline.resource_limits import Resource
from app.services.pipeline.run_context import RunContext, StageFunction
from app.services.pipeline.skip_rules import (
    skip_audio_extraction,
    skip_audio_upload,
    skip_clip_extraction,
    skip_clip_upload,
    skip_download,
    skip_moment_generation,
    skip_moment_refinement,
    skip_transcription,
)
from app.services.pipeline.stage_selection import skip_unselected
from app.services.pipeline.stages import (
    EXTRACTION_TIMEOUT,
    Timeout,
    execute_audio_extraction,
    execute_audio_upload,
    execute_clip_extraction,
    execute_clip_upload,
    execute_moment_generation,
    execute_moment_refinement,
    execute_transcription,
    execute_video_download,
)

__all__ = [
    "STAGES",
    "STAGES_OF",
    "Stage",
    "Timeout",
    "execute_audio_extraction",
    "execute_audio_upload",
    "execute_clip_extraction",
    "execute_clip_upload",
    "execute_moment_generation",
    "execute_moment_refinement",
    "execute_playback_copy",
    "execute_playback_upload",
    "execute_transcription",
    "execute_video_download",
    "should_skip_stage",
]

SkipRule = Callable[[RunContext], Awaitable[str | None]]
"""Returns the reason to skip a stage, or None."""


@dataclass(frozen=True)
class Stage:
    """One stage; a slot of `resource` is held while it executes."""

    name: StageName
    execute: StageFunction
    skip: SkipRule
    timeout: Timeout
    attempts: int = 3
    resource: Resource | None = None


FFMPEG, TRANSCRIPTION, TRANSFER = Resource.FFMPEG, Resource.TRANSCRIPTION, Resource.TRANSFER
DAY = Timeout(24 * 3600)
"""Transfers have finer timeouts of their own; this one is the last resort."""

# Clips take FFmpeg slots one by one, and the moment engine limits requests to its chat model itself.
STAGES: tuple[Stage, ...] = (
    Stage("video_download", execute_video_download, skip_download, DAY, attempts=2, resource=TRANSFER),
    Stage(
        "audio_extraction",
        execute_audio_extraction,
        skip_audio_extraction,
        EXTRACTION_TIMEOUT,
        resource=FFMPEG,
    ),
    Stage("audio_upload", execute_audio_upload, skip_audio_upload, DAY, resource=TRANSFER),
    Stage(
        "transcription", execute_transcription, skip_transcription, Timeout(900, 4), resource=TRANSCRIPTION
    ),
    Stage(
        "moment_generation", execute_moment_generation, skip_moment_generation, Timeout(1800, 1), attempts=2
    ),
    Stage("clip_extraction", execute_clip_extraction, skip_clip_extraction, Timeout(900, 10)),
    Stage("clip_upload", execute_clip_upload, skip_clip_upload, DAY, resource=TRANSFER),
    Stage(
        "moment_refinement", execute_moment_refinement, skip_moment_refinement, Timeout(1800, 1), attempts=2
    ),
)

# The queue gives a worker one run of this kind at a time: it takes no slot that other runs may wait for.
PLAYBACK_STAGES: tuple[Stage, ...] = (
    Stage("playback_copy", execute_playback_copy, skip_playback_copy, COPY_TIMEOUT, attempts=2),
    Stage("playback_upload", execute_playback_upload, skip_playback_upload, DAY),
)
STAGES_OF: dict[RunKind, tuple[Stage, ...]] = {"moments": STAGES, "playback": PLAYBACK_STAGES}


async def should_skip_stage(stage: Stage, run: RunContext) -> str | None:
    return skip_unselected(run, stage.name) or await stage.skip(run)
