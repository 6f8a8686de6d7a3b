"""The pipeline, as a table of contents: what is done with a video, in this order.

Each stage is a small function and the conditions under which it runs. `app/services/pipeline/runner.py` is
the one loop over them. Whether there is something to do is asked of what is there, on this machine or in the
bucket, so every stage can be repeated, on any machine, and goes on where the last one left off.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from app.ai.transcription.base import AudioSource
from app.core.exceptions import (
    ClipsFailedError,
    LocalFileNotFoundError,
    NoAudioError,
    VideoMomentsError,
)
from app.core.files.atomic import move_file, move_file_if_absent
from app.database.session import transaction
from app.media.audio import extract_audio
from app.media.clip_encoder import cut_clip, pad_range
from app.media.ffprobe import VideoMetadata
from app.models.moment import Moment
from app.models.pipeline import StageName
from app.models.transcript import Transcript
from app.repositories import pipeline_run_repository
from app.services.downloads import download
from app.services.library.registration import RegistrationObserver, register_video
from app.services.pipeline import skip_rules
from app.services.pipeline.clip_boundaries import clip_boundaries, snap_to_silence
from app.services.pipeline.moments_fingerprint import moments_fingerprint
from app.services.pipeline.resource_limits import Resource
from app.services.pipeline.run_context import RunContext, StageFunction
from app.services.pipeline.skip_rules import NO_AUDIO, NO_MOMENTS, NO_TRANSCRIPT
from app.services.url_registry import URLRegistry  # noqa: TID251 - the dual write of the transition

logger = logging.getLogger(__name__)

Skip = Callable[[RunContext], Awaitable[str | None]]
"""Why there is nothing to do; None when there is."""


@dataclass(frozen=True)
class Timeout:
    """Seconds that one try may take: `base`, and `per_second` for each second of the video."""

    base: float
    per_second: float = 0.0

    def of(self, duration: float | None) -> float:
        return self.base + self.per_second * (duration or 0.0)


@dataclass(frozen=True)
class Stage:
    """One step. `limit` is held while it works; `tries` counts those after an error that may pass."""

    name: StageName
    work: StageFunction
    skip: Skip
    timeout: Timeout
    tries: int = 3
    limit: Resource | None = None


async def execute_video_download(run: RunContext) -> str | None:
    """Bring the video in: the file that is here, or the download; then bucket, table and registry."""
    local, source = await run.local_video(), run.state.source_url
    fetched = 60.0 if local is None else 0.0  # what of the bar is the download's
    if local is None:
        if source is None:
            raise LocalFileNotFoundError(
                f"this machine has no file of {run.video_id!r}, and the library does not know it",
                remedy="bring it in where the file is: videomoments migrate",
            )
        run.set_activity("downloading")
        copy = await download(
            run.fetch_url or source,
            run.folder,
            video_id=run.video_id,
            settings=run.settings,
            uploader=run.tools.uploader,
            on_progress=lambda done, total: run.progress(
                fetched * done / total if total else 0, sent=done, total=total
            ),
        )
        await run.ensure_owned()
        local = run.settings.videos_dir / copy.name
        await asyncio.to_thread(move_file_if_absent, copy, local)
    run.set_activity("uploading")
    await register_video(
        local,
        identifier=run.video_id,
        uploader=run.tools.uploader,
        settings=run.settings,
        source_url=source,
        observer=_UploadProgress(run, fetched),
    )
    run.fetch_url = None
    if source is not None:
        await _write_registry(run, source)
    return None


async def execute_audio_extraction(run: RunContext) -> str | None:
    """The first sound of the video as 16 kHz mono WAV, which is what transcribers take."""
    row = await run.video()
    duration = row.duration_seconds if row else None
    copy = run.folder / run.local_audio.name
    try:
        await extract_audio(
            await run.video_file(),
            copy,
            settings=run.settings,
            on_progress=lambda seconds: run.progress(100 * seconds / duration if duration else 0),
            timeout=EXTRACTION.of(duration),
        )
    except NoAudioError:
        return NO_AUDIO
    await run.ensure_owned()
    await asyncio.to_thread(move_file, copy, run.local_audio)
    return None


async def execute_audio_upload(run: RunContext) -> str | None:
    """The sound's object, for transcribers elsewhere and for other workers."""
    await run.tools.uploader.upload_audio(run.local_audio, run.video_id, _bytes_of(run))
    return None


async def execute_transcription(run: RunContext) -> str | None:
    """What is said, word by word."""
    transcript = await run.tools.transcriber.transcribe(
        AudioSource(file=run.audio_file, url=run.audio_url),
        on_progress=lambda done, total: run.progress(100 * done / total if total else 0),
    )
    await run.ensure_owned()
    await run.tools.documents.transcripts.write(run.video_id, transcript)
    return None


async def execute_moment_generation(run: RunContext) -> str | None:
    """The parts worth sharing. None at all is a result as well, with its reason."""
    transcript = await run.tools.documents.transcripts.load_authoritative(run.video_id)
    if transcript is None:
        return NO_TRANSCRIPT
    found = await run.tools.engine.find(transcript, run.state.options)
    await run.ensure_owned()
    async with transaction() as session:
        await pipeline_run_repository.clear_moments_key(session, run.video_id)
    await run.tools.documents.moments.write(run.video_id, found.moments)
    run.moments_key = moments_fingerprint(transcript, run.state.options, run.tools.engine.name)
    run.set_item_progress(len(found.moments), len(found.moments))
    return None if found.moments else found.reason or NO_MOMENTS


async def execute_clip_extraction(run: RunContext) -> str | None:
    """A film of its own for every moment that has none, several at once."""
    there = await run.local_clip_ids() | await run.stored_clip_ids()
    chosen = await run.source_moments()
    row, video = await run.video(), await run.video_file()
    duration = row.duration_seconds if row else None
    shares = dict.fromkeys((moment.id for moment in chosen), 0.0) | dict.fromkeys(there, 1.0)

    def show(moment_id: str, share: float) -> None:
        shares[moment_id] = share
        run.set_item_progress(sum(shares[moment.id] for moment in chosen), len(chosen))

    async def cut(moment: Moment) -> None:
        copy = run.folder / run.local_clip(moment.id).name
        async with run.tools.limits.acquire(Resource.FFMPEG):
            start, end = await clip_boundaries(moment, video, settings=run.settings, duration=duration)
            await cut_clip(
                video,
                copy,
                start=start,
                end=end,
                settings=run.settings,
                on_progress=lambda seconds: show(moment.id, min(seconds / (end - start), 0.99)),
                timeout=CLIP.of(end - start),
            )
        await run.ensure_owned()
        await asyncio.to_thread(move_file, copy, run.local_clip(moment.id))
        show(moment.id, 1.0)

    await _all_of("clip", cut, [moment for moment in chosen if moment.id not in there])
    return None


async def execute_clip_upload(run: RunContext) -> str | None:
    """The clips' objects; those of moments that are no more go."""
    stored, chosen = await run.stored_clip_ids(), await run.source_moments()
    missing = [moment for moment in chosen if moment.id not in stored]

    async def upload(moment: Moment) -> None:
        await run.tools.uploader.upload_clip(run.local_clip(moment.id), run.video_id, moment.id)
        stored.add(moment.id)
        run.set_item_progress(sum(m.id in stored for m in chosen), len(chosen))

    await _all_of("clip", upload, missing)
    await run.ensure_owned()
    ids = {moment.id for moment in chosen}
    for moment_id in stored - ids:
        await run.tools.uploader.delete_object(run.tools.uploader.clip_path(run.video_id, moment_id))
    for moment_id in await run.local_clip_ids() - ids:
        await asyncio.to_thread(run.local_clip(moment_id).unlink, missing_ok=True)
    return None


async def execute_moment_refinement(run: RunContext) -> str | None:
    """A better title and better edges for each moment, by what is said and heard in its clip."""
    transcript = await run.tools.documents.transcripts.load_authoritative(run.video_id)
    if transcript is None:
        return NO_TRANSCRIPT
    # A user's own edges and title are better than any of ours.
    chosen = [moment for moment in await run.source_moments() if not moment.is_edited]
    row, audio = await run.video(), await run.audio_file()
    duration = row.duration_seconds if row else None
    refined: list[Moment] = []

    async def refine(moment: Moment) -> None:
        window = pad_range(
            moment.start_time, moment.end_time, padding=run.settings.clip_padding, duration=duration
        )
        better = await run.tools.engine.refine(moment, _within(transcript, *window), run.state.options)
        async with run.tools.limits.acquire(Resource.FFMPEG):
            start, end = await snap_to_silence(better, audio, run.state.options, settings=run.settings)
        refined.append(better.model_copy(update={"start_time": start, "end_time": end}))
        run.set_item_progress(len(refined), len(chosen))

    await _all_of("moment", refine, chosen)
    await run.ensure_owned()
    refined.sort(key=lambda moment: moment.start_time)
    found = await run.tools.documents.moments.load_authoritative(run.video_id) or []
    as_found = [moment for moment in found if not moment.is_refined]
    await run.tools.documents.moments.write(run.video_id, [*as_found, *refined])
    return None


EXTRACTION = Timeout(600, per_second=1)
CLIP = Timeout(300, per_second=10)
DAY = 24 * 3600.0

STAGES: tuple[Stage, ...] = (
    Stage(
        "video_download",
        execute_video_download,
        skip_rules.skip_download,
        Timeout(DAY),
        tries=2,
        limit=Resource.TRANSFER,
    ),
    Stage(
        "audio_extraction",
        execute_audio_extraction,
        skip_rules.skip_audio_extraction,
        EXTRACTION,
        limit=Resource.FFMPEG,
    ),
    Stage(
        "audio_upload",
        execute_audio_upload,
        skip_rules.skip_audio_upload,
        Timeout(DAY),
        limit=Resource.TRANSFER,
    ),
    Stage(
        "transcription",
        execute_transcription,
        skip_rules.skip_transcription,
        Timeout(900, per_second=4),
        limit=Resource.TRANSCRIPTION,
    ),
    Stage(
        "moment_generation",
        execute_moment_generation,
        skip_rules.skip_moment_generation,
        Timeout(1800, per_second=1),
        tries=2,
    ),
    Stage(
        "clip_extraction",
        execute_clip_extraction,
        skip_rules.skip_clip_extraction,
        Timeout(900, per_second=10),
    ),
    Stage(
        "clip_upload",
        execute_clip_upload,
        skip_rules.skip_clip_upload,
        Timeout(DAY),
        limit=Resource.TRANSFER,
    ),
    Stage(
        "moment_refinement",
        execute_moment_refinement,
        skip_rules.skip_moment_refinement,
        Timeout(1800, per_second=1),
        tries=2,
    ),
)
"""Downloads and uploads end by their own, finer limits; a day is for what those do not see. FFmpeg's places
are taken clip by clip, and a chat model's request by request, by its engine."""


async def should_skip_stage(stage: Stage, run: RunContext) -> str | None:
    """Why there is nothing to do for this stage; None when there is."""
    return await stage.skip(run)


class _UploadProgress(RegistrationObserver):
    def __init__(self, run: RunContext, before: float) -> None:
        self._run, self._before = run, before

    def uploading(self, bytes_sent: int, total_bytes: int) -> None:
        share = bytes_sent / total_bytes if total_bytes else 1
        self._run.progress(self._before + (100 - self._before) * share, sent=bytes_sent, total=total_bytes)

    def probed(self, metadata: VideoMetadata) -> None:
        logger.info("probed", extra={"video": self._run.video_id, "seconds": metadata.duration_seconds})


def _bytes_of(run: RunContext) -> Callable[[int, int], None]:
    return lambda sent, total: run.progress(100 * sent / total if total else 100, sent=sent, total=total)


async def _write_registry(run: RunContext, source_url: str) -> None:
    """The dual write of the transition: after the table, which is the truth, and no reason to fail."""
    try:
        await asyncio.to_thread(
            URLRegistry(run.settings.url_registry_file).register, source_url, run.video_id
        )
    except VideoMomentsError as error:
        logger.warning("the link is not in the JSON registry: %s", error.cause, extra={"video": run.video_id})


async def _all_of(what: str, work: Callable[[Moment], Awaitable[None]], moments: Sequence[Moment]) -> None:
    """Do the work for all of them; those that fail do not stop the others.

    Raises:
        ClipsFailedError: some failed; a cause that they share is named once.
    """
    results = await asyncio.gather(*map(work, moments), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, VideoMomentsError):
            raise result
    failures = [result for result in results if isinstance(result, VideoMomentsError)]
    if len(failures) == 1 == len(moments):
        raise failures[0]
    if failures:
        causes = "; ".join(dict.fromkeys(failure.cause for failure in failures))
        raise ClipsFailedError(
            f"{len(failures)} of {len(moments)} {what}s failed: {causes}", remedy=failures[0].remedy
        )


def _within(transcript: Transcript, start: float, end: float) -> Transcript:
    words = [w for w in transcript.word_timestamps if w.start >= start and w.end <= end]
    segments = [s for s in transcript.segment_timestamps if s.end > start and s.start < end]
    text = " ".join(word.word for word in words) or " ".join(segment.text for segment in segments)
    return transcript.model_copy(
        update={"text": text, "word_timestamps": words, "segment_timestamps": segments}
    )
