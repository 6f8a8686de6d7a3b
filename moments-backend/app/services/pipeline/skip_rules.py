"""Skip rules of the stages: each returns the reason to skip its stage, or None.

They inspect existing results here and in the bucket, so every stage can be repeated on any machine.
"""

from typing import Literal

from app.core.concurrency import run_in_thread
from app.core.exceptions import IdentifierConflictError, LinkRegisteredError, VideoInTrashError
from app.database.models import Video
from app.database.session import transaction
from app.models.media_info import MediaInfo
from app.models.pipeline import StageName
from app.repositories import pipeline_run_repository, video_db_repository
from app.services.pipeline.caption_transcript import has_captions, has_other_sidecar
from app.services.pipeline.moments_fingerprint import moments_fingerprint
from app.services.pipeline.run_context import RunContext
from app.services.pipeline.stage_selection import is_selected
from app.services.pipeline.transcription_choices import TranscriptionChoices

NO_AUDIO = "the video has no audio track"
NO_TRANSCRIPT = "no transcript"
NO_MOMENTS = "no moments"


async def skip_download(run: RunContext) -> str | None:
    source = run.state.source_url
    async with transaction() as session:
        found = await video_db_repository.get_by_identifier(session, run.video_id, include_deleted=True)
        if found is None and source is not None and not run.state.options.force_download:
            found = await video_db_repository.get_by_source_url(session, source)
    if found is None:
        return None
    if found.deleted_at is not None:
        raise VideoInTrashError(found.identifier)
    if found.identifier != run.video_id:
        raise LinkRegisteredError(found.identifier)
    if source is not None and found.source_url != source:
        conflict = IdentifierConflictError(source, run.video_id, found.cloud_url)
        conflict.remedy = "start a new run: the video gets another id"
        raise conflict
    run.fetch_url = None
    return f"already in the library as {found.identifier!r}"


async def skip_audio_extraction(run: RunContext) -> str | None:
    row = await run.video()
    if row is not None and row.audio_codec is None:
        return NO_AUDIO
    if is_other_track(run, row, "audio_stream"):
        return None
    if await run_in_thread(run.local_audio.is_file):
        return "already extracted"
    uploader = run.resources.uploader
    stored = await uploader.describe_object(uploader.audio_path(run.video_id))
    return "already in the bucket" if stored else None


def is_other_track(
    run: RunContext, row: Video | None, key: Literal["audio_stream", "transcript_stream"]
) -> bool:
    """Return whether the run asks for another audio track than the existing result was made from."""
    chosen = run.state.options.audio_stream
    return chosen is not None and ((row.media if row else None) or {}).get(key) != chosen


async def skip_audio_upload(run: RunContext) -> str | None:
    if await run_in_thread(run.local_audio.is_file):
        return None  # the upload itself compares the object with the file
    return await skip_audio_extraction(run) or NO_AUDIO


async def skip_transcription(run: RunContext) -> str | None:
    if not await _must_transcribe(run):
        return "already transcribed"
    extraction = run.state.stages["audio_extraction"]
    has_no_audio = extraction.status == "skipped" and extraction.reason == NO_AUDIO
    return NO_AUDIO if has_no_audio and not await has_captions(run) else None


async def _must_transcribe(run: RunContext) -> bool:
    transcript = await run.resources.transcripts.load_authoritative(run.video_id)
    video = await run.video()
    if transcript is None or is_other_track(run, video, "transcript_stream"):
        return True
    if _is_done_by_this_run(run, "transcription"):
        return False
    options = run.state.options
    is_requested = options.stages is not None and "transcription" in options.stages
    if is_requested and (options.regenerate or await has_other_sidecar(run)):
        return True
    media = MediaInfo.model_validate((video.media if video else None) or {})
    return TranscriptionChoices.of(run, video).differ_from(transcript, media)


def _is_done_by_this_run(run: RunContext, stage: StageName) -> bool:
    return run.state.stages[stage].status in {"completed", "skipped"}


async def skip_moment_generation(run: RunContext) -> str | None:
    transcript = await run.resources.transcripts.load_authoritative(run.video_id)
    if transcript is None:
        return NO_TRANSCRIPT
    if not is_selected(run, "moment_generation"):
        # Only for their clips: whatever options they were made with, the existing moments are used.
        found = await run.resources.documents.moments.load_authoritative(run.video_id)
        return None if found is None else "already generated"
    if run.state.options.regenerate and not _is_done_by_this_run(run, "moment_generation"):
        return None
    async with transaction() as session:
        fingerprint = await pipeline_run_repository.moments_key(session, run.video_id)
    if fingerprint != moments_fingerprint(transcript, run.state.options, run.resources.engine.name):
        return None
    found = await run.resources.documents.moments.load_authoritative(run.video_id)
    if found is None:
        return None
    # Runs of earlier versions recorded no chapters; repeating the search finds the same moments with them.
    if run.resources.engine.is_repeatable and not await run.resources.chapters.has_topics(run.video_id):
        return None
    return "already generated with these options"


async def skip_clip_extraction(run: RunContext) -> str | None:
    wanted = {moment.id for moment in await run.source_moments()}
    if not wanted:
        return NO_MOMENTS
    existing = await run.local_clip_ids()
    if not wanted <= existing:
        existing |= await run.stored_clip_ids()
    return "already cut" if wanted <= existing else None


async def skip_clip_upload(run: RunContext) -> str | None:
    wanted = {moment.id for moment in await run.source_moments()}
    if not wanted:
        return NO_MOMENTS
    stored = await run.stored_clip_ids()
    is_done = wanted <= stored <= wanted | await run.restorable_moment_ids()
    return "already in the bucket" if is_done else None


async def skip_moment_refinement(run: RunContext) -> str | None:
    moments = await run.moments() or []
    refined = {moment.parent_id for moment in moments if moment.is_refined}
    if not moments:
        return NO_MOMENTS
    wanted = {moment.id for moment in moments if not (moment.is_refined or moment.is_edited)}
    return "already refined" if wanted <= refined else None
