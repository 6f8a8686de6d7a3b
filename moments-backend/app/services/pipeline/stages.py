"""The work of each stage; `orchestrator.py` lists them in order.

Every result is written to the run's directory first, and moved into place after an ownership check.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from app.ai.moments.factory import describe_cost
from app.ai.transcription.base import AudioSource
from app.core.concurrency import run_cancellable_in_thread, run_in_thread
from app.core.exceptions import (
    ClipsFailedError,
    IdentifierConflictError,
    LocalFileNotFoundError,
    NoAudioError,
    SameContentError,
    VideoMomentsError,
)
from app.core.files.atomic import move_file, move_file_if_absent
from app.database.models import Video
from app.database.session import transaction
from app.media import ffprobe
from app.media.audio import extract_audio
from app.media.clip_encoder import cut_clip, pad_range
from app.media.ffprobe import VideoMetadata
from app.models.moment import Moment
from app.models.transcript import Transcript
from app.repositories import pipeline_run_repository, video_media_repository
from app.services.downloads import download
from app.services.library import site_metadata
from app.services.library.content import LocalContent, find_same_content
from app.services.library.import_target import has_same_content
from app.services.library.registration import RegistrationObserver, register_video, restore_if_deleted
from app.services.moments.feedback import load_weights
from app.services.pipeline.caption_transcript import transcript_from_captions
from app.services.pipeline.clip_boundaries import clip_boundaries, snap_all_to_silence, snap_to_silence
from app.services.pipeline.moments_fingerprint import moments_fingerprint
from app.services.pipeline.resource_limits import Resource
from app.services.pipeline.run_context import RunContext
from app.services.pipeline.skip_rules import NO_AUDIO, NO_MOMENTS, NO_TRANSCRIPT
from app.services.pipeline.stage_selection import is_selected
from app.services.pipeline.topic_chapters import record_topic_chapters
from app.services.pipeline.transcription_choices import TranscriptionChoices
from app.services.url_registry import URLRegistry  # noqa: TID251 - the dual write of the transition

logger = logging.getLogger(__name__)

DOWNLOAD_PERCENT = 60.0
"""Share of the download in the progress of `video_download`; the upload is the rest."""


@dataclass(frozen=True)
class Timeout:
    """Seconds that one attempt may take: `base`, plus `per_second` for each second of the video."""

    base: float
    per_second: float = 0.0

    def of(self, duration: float | None) -> float:
        return self.base + self.per_second * (duration or 0.0)


EXTRACTION_TIMEOUT = Timeout(600, per_second=1)
CLIP_TIMEOUT = Timeout(300, per_second=10)


async def execute_video_download(run: RunContext) -> str | None:
    """Download the video if it is not on this machine; then upload and register it."""
    local, source = await run.local_video(), run.state.source_url
    percent_before_upload = 0.0
    if local is None:
        if source is None:
            raise LocalFileNotFoundError(
                f"no file of {run.video_id!r} on this machine, and it is not in the library",
                remedy="run `videomoments migrate` on the machine that has the file",
            )
        percent_before_upload = DOWNLOAD_PERCENT
        run.set_activity("downloading")
        downloaded = await download(
            run.fetch_url or source,
            run.folder,
            video_id=run.video_id,
            settings=run.settings,
            uploader=run.resources.uploader,
            on_progress=lambda done, total: run.progress(
                DOWNLOAD_PERCENT * done / total if total else 0, sent=done, total=total
            ),
        )
        # Files in the folder of videos are served: whatever else the link returned must not get there.
        copy = downloaded.file
        await ffprobe.probe(copy, settings=run.settings)
        await _ensure_new_content(run, copy)
        await run.ensure_owned()
        if downloaded.site is not None:
            await site_metadata.save(run.video_id, downloaded.site, settings=run.settings)
        local = run.settings.videos_dir / copy.name
        if not await run_in_thread(move_file_if_absent, copy, local):
            # Another file got this name meanwhile; raises if it is a different video.
            await run_cancellable_in_thread(partial(has_same_content, local, copy))
    run.set_activity("uploading")
    try:
        registration = await register_video(
            local,
            identifier=run.video_id,
            uploader=run.resources.uploader,
            settings=run.settings,
            source_url=source,
            observer=_UploadProgress(run, percent_before_upload),
        )
    except IdentifierConflictError as conflict:
        if source is not None:
            conflict.remedy = "download the link with force_download: the video gets another id"
        raise
    await site_metadata.apply(registration.video, settings=run.settings, uploader=run.resources.uploader)
    run.fetch_url = None
    if source is not None:
        await _write_registry(run, source)
    return None


async def _ensure_new_content(run: RunContext, copy: Path) -> None:
    """Raise `SameContentError` if the library has the downloaded bytes, unless a second video is wanted.

    A video in the trash is taken out of it.
    """
    if run.state.options.force_download:
        return
    same = await find_same_content(LocalContent(copy), run.resources.uploader)
    if same is not None and same.identifier != run.video_id:
        is_restored = await restore_if_deleted(same)
        source = run.state.source_url or copy.name
        raise SameContentError(source, same.identifier, same.cloud_url, is_restored=is_restored)


async def execute_audio_extraction(run: RunContext) -> str | None:
    """Extract an audio track as 16 kHz mono WAV, the input format of transcribers."""
    row = await run.video()
    duration, track = row.duration_seconds if row else None, _sound_track(run, row)
    copy = run.folder / run.local_audio.name
    try:
        await extract_audio(
            await run.video_file(),
            copy,
            settings=run.settings,
            audio_stream=track,
            on_progress=lambda seconds: run.progress(100 * seconds / duration if duration else 0),
            timeout=EXTRACTION_TIMEOUT.of(duration),
        )
    except NoAudioError:
        return NO_AUDIO
    await run.ensure_owned()
    await run_in_thread(move_file, copy, run.local_audio)
    await _record_track(run, audio_stream=track)
    return None


def _sound_track(run: RunContext, row: Video | None) -> int | None:
    """Return the track that this run or an earlier one chose; None for the default."""
    chosen = run.state.options.audio_stream
    return chosen if chosen is not None else ((row.media if row else None) or {}).get("audio_stream")


async def _record_track(run: RunContext, **choice: Any) -> None:
    """Record the track and options of a result, so that a run with different ones replaces it."""
    async with transaction() as session:
        await video_media_repository.merge(session, run.video_id, **choice)


async def execute_audio_upload(run: RunContext) -> str | None:
    """Upload the audio, for remote transcribers and other workers."""

    def on_progress(sent: int, total: int) -> None:
        run.progress(100 * sent / total if total else 100, sent=sent, total=total)

    await run.resources.uploader.upload_audio(run.local_audio, run.video_id, on_progress)
    return None


async def execute_transcription(run: RunContext) -> str | None:
    """Use captions that people wrote, if the video came with any; otherwise recognise the speech."""
    row = await run.video()
    choices = TranscriptionChoices.of(run, row)
    captions = await transcript_from_captions(run)
    transcript = captions.transcript
    if transcript is None:
        if run.state.stages["audio_extraction"].reason == NO_AUDIO:
            return NO_AUDIO
        transcript = await run.resources.transcriber.transcribe(
            AudioSource(file=run.audio_file, url=run.audio_url),
            options=await choices.to_options(run.settings),
            on_progress=lambda done, total: run.progress(100 * done / total if total else 0),
        )
    await run.ensure_owned()
    await run.resources.transcripts.record_run(run.video_id, transcript)
    await _record_track(
        run,
        transcript_stream=_sound_track(run, row),
        transcript_captions=captions.sidecar_md5,
        **choices.to_media(),
    )
    if not is_selected(run, "moment_generation"):
        await record_topic_chapters(run, transcript)
    return None


async def execute_moment_generation(run: RunContext) -> str | None:
    """Find the moments; an empty list is a result too, and is stored with its reason."""
    engine = run.resources.engine
    transcript = await run.resources.transcripts.load_authoritative(run.video_id)
    if transcript is None:
        return NO_TRANSCRIPT
    weights = await load_weights(run.settings)
    if cost := describe_cost(run.settings, transcript, run.state.options):
        logger.info(cost, extra={"video_id": run.video_id})
        run.set_activity(cost)
    found = await engine.find(transcript, run.state.options, weights)
    moments = await _snapped(run, found.moments)
    await run.ensure_owned()
    async with transaction() as session:
        await pipeline_run_repository.clear_moments_key(session, run.video_id)
    await run.resources.transcripts.record_moments(run.video_id, moments, transcript)
    await record_topic_chapters(run, transcript, found.chapters)
    run.moments_key = moments_fingerprint(transcript, run.state.options, engine.name)
    run.set_item_progress(len(found.moments), len(found.moments))
    run.notice = found.reason
    return None if found.moments else found.reason or NO_MOMENTS


async def _snapped(run: RunContext, moments: Sequence[Moment]) -> list[Moment]:
    """Move boundaries into silences before clips are cut, so that a clip is exactly its moment."""
    if not moments or run.state.stages["audio_extraction"].reason == NO_AUDIO:
        return list(moments)
    return await snap_all_to_silence(
        moments,
        await run.audio_file(),
        run.state.options,
        settings=run.settings,
        limits=run.resources.limits,
    )


async def execute_clip_extraction(run: RunContext) -> str | None:
    """Cut the clips that exist neither here nor in the bucket, several at a time."""
    existing = await run.local_clip_ids() | await run.stored_clip_ids()
    moments = await run.source_moments()
    row, video = await run.video(), await run.video_file()
    duration, track = row.duration_seconds if row else None, _sound_track(run, row)
    shares = dict.fromkeys((moment.id for moment in moments), 0.0) | dict.fromkeys(existing, 1.0)

    def set_share(moment_id: str, share: float) -> None:
        shares[moment_id] = share
        run.set_item_progress(sum(shares[moment.id] for moment in moments), len(moments))

    async def cut(moment: Moment) -> None:
        copy = run.folder / run.local_clip(moment.id).name
        async with run.resources.limits.acquire(Resource.FFMPEG):
            start, end = await clip_boundaries(moment, video, settings=run.settings, duration=duration)
            await cut_clip(
                video,
                copy,
                start=start,
                end=end,
                settings=run.settings,
                audio_stream=track,
                on_progress=lambda seconds: set_share(moment.id, min(seconds / (end - start), 0.99)),
                timeout=CLIP_TIMEOUT.of(end - start),
            )
        await run.ensure_owned()
        await run_in_thread(move_file, copy, run.local_clip(moment.id))
        set_share(moment.id, 1.0)

    await _for_each("clip", cut, [moment for moment in moments if moment.id not in existing])
    return None


async def execute_clip_upload(run: RunContext) -> str | None:
    """Upload the missing clips, and delete those whose moment no longer exists and cannot be restored."""
    stored, moments = await run.stored_clip_ids(), await run.source_moments()
    uploader = run.resources.uploader

    async def upload(moment: Moment) -> None:
        await uploader.upload_clip(run.local_clip(moment.id), run.video_id, moment.id)
        stored.add(moment.id)
        run.set_item_progress(sum(m.id in stored for m in moments), len(moments))

    await _for_each("clip", upload, [moment for moment in moments if moment.id not in stored])
    await run.ensure_owned()
    ids = {moment.id for moment in moments} | await run.restorable_moment_ids()
    for moment_id in stored - ids:
        await uploader.delete_object(uploader.clip_path(run.video_id, moment_id))
    for moment_id in await run.local_clip_ids() - ids:
        await run_in_thread(partial(run.local_clip(moment_id).unlink, missing_ok=True))
    return None


async def execute_moment_refinement(run: RunContext) -> str | None:
    """Improve title and boundaries of each moment from its transcript and audio."""
    documents, engine = run.resources.documents, run.resources.engine
    transcript = await run.resources.transcripts.load_authoritative(run.video_id)
    if transcript is None:
        return NO_TRANSCRIPT
    # Boundaries and titles edited by the user take precedence.
    moments = [moment for moment in await run.source_moments() if not moment.is_edited]
    row, audio = await run.video(), await run.audio_file()
    duration = row.duration_seconds if row else None
    refined: list[Moment] = []

    async def refine(moment: Moment) -> None:
        window = pad_range(
            moment.start_time, moment.end_time, padding=run.settings.clip_padding, duration=duration
        )
        better = await engine.refine(moment, _excerpt(transcript, *window), run.state.options)
        start, end = moment.start_time, moment.end_time
        if run.settings.clip_padding > 0:  # otherwise the clip shows no more than the moment
            async with run.resources.limits.acquire(Resource.FFMPEG):
                start, end = await snap_to_silence(better, audio, run.state.options, settings=run.settings)
        refined.append(better.model_copy(update={"start_time": start, "end_time": end}))
        run.set_item_progress(len(refined), len(moments))

    await _for_each("moment", refine, moments)
    await run.ensure_owned()
    refined.sort(key=lambda moment: moment.start_time)
    stored = await documents.moments.load_authoritative(run.video_id) or []
    unrefined = [moment for moment in stored if not moment.is_refined]
    await run.resources.transcripts.record_moments(run.video_id, [*unrefined, *refined], transcript)
    return None


class _UploadProgress(RegistrationObserver):
    def __init__(self, run: RunContext, percent_before: float) -> None:
        self._run, self._percent_before = run, percent_before

    def uploading(self, bytes_sent: int, total_bytes: int) -> None:
        share = bytes_sent / total_bytes if total_bytes else 1
        percent = self._percent_before + (100 - self._percent_before) * share
        self._run.progress(percent, sent=bytes_sent, total=total_bytes)

    def probed(self, metadata: VideoMetadata) -> None:
        logger.info("Video probed", extra={"seconds": metadata.duration_seconds})


async def _write_registry(run: RunContext, source_url: str) -> None:
    """Write the link to the transitional JSON registry; the table is authoritative, so errors are logged."""
    registry = URLRegistry(run.settings.url_registry_file)
    try:
        await run_in_thread(registry.register, source_url, run.video_id)
    except VideoMomentsError as error:
        logger.warning("URL registry not updated: %s", error.cause)


async def _for_each(noun: str, work: Callable[[Moment], Awaitable[None]], moments: Sequence[Moment]) -> None:
    """Call `work` for all moments concurrently; failures do not stop the others."""
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
            f"{len(failures)} of {len(moments)} {noun}s failed: {causes}", remedy=failures[0].remedy
        )


def _excerpt(transcript: Transcript, start: float, end: float) -> Transcript:
    words = [w for w in transcript.word_timestamps if w.start >= start and w.end <= end]
    segments = [s for s in transcript.segment_timestamps if s.end > start and s.start < end]
    text = " ".join(word.word for word in words) or " ".join(segment.text for segment in segments)
    return transcript.model_copy(
        update={"text": text, "word_timestamps": words, "segment_timestamps": segments}
    )
