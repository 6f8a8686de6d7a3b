"""When a stage has nothing to do: asked of what is there, never of what was done."""

import asyncio

from app.core.exceptions import IdentifierConflictError, RunStateError
from app.database.session import transaction
from app.repositories import pipeline_run_repository, video_db_repository
from app.services.pipeline.moments_fingerprint import moments_fingerprint
from app.services.pipeline.run_context import RunContext

NO_AUDIO = "the video has no sound"
NO_TRANSCRIPT = "there is no transcript"
NO_MOMENTS = "there are no moments"


async def skip_download(run: RunContext) -> str | None:
    source = run.state.source_url
    async with transaction() as session:
        found = await video_db_repository.get_by_identifier(session, run.video_id)
        if found is None and source is not None and not run.state.options.force_download:
            found = await video_db_repository.get_by_source_url(session, source)
    if found is None:
        return None
    if found.identifier != run.video_id:
        raise RunStateError(
            f"the library has this link as {found.identifier!r} since then",
            remedy="start the pipeline for that video",
        )
    if source is not None and found.source_url != source:
        conflict = IdentifierConflictError(source, run.video_id, found.cloud_url)
        conflict.remedy = "start it anew: the video gets an id of its own"
        raise conflict
    run.fetch_url = None
    return f"already in the library as {found.identifier!r}"


async def skip_audio_extraction(run: RunContext) -> str | None:
    if (row := await run.video()) is not None and row.audio_codec is None:
        return NO_AUDIO
    if await asyncio.to_thread(run.local_audio.is_file):
        return "already extracted"
    uploader = run.tools.uploader
    stored = await uploader.describe_object(uploader.audio_path(run.video_id))
    return "already in the bucket" if stored else None


async def skip_audio_upload(run: RunContext) -> str | None:
    if await asyncio.to_thread(run.local_audio.is_file):
        return None  # the upload itself finds out whether the object holds the same bytes
    return await skip_audio_extraction(run) or NO_AUDIO


async def skip_transcription(run: RunContext) -> str | None:
    if await run.tools.documents.transcripts.load_authoritative(run.video_id) is not None:
        return "already transcribed"
    return NO_AUDIO if _is_silent(run) else None


def _is_silent(run: RunContext) -> bool:
    extraction = run.state.stages["audio_extraction"]
    return extraction.status == "skipped" and extraction.reason == NO_AUDIO


async def skip_moment_generation(run: RunContext) -> str | None:
    transcript = await run.tools.documents.transcripts.load_authoritative(run.video_id)
    if transcript is None:
        return NO_TRANSCRIPT
    made_by_this_run = run.state.stages["moment_generation"].status in {"completed", "skipped"}
    if run.state.options.regenerate and not made_by_this_run:
        return None
    async with transaction() as session:
        key = await pipeline_run_repository.moments_key(session, run.video_id)
    if key != moments_fingerprint(transcript, run.state.options, run.tools.engine.name):
        return None
    found = await run.tools.documents.moments.load_authoritative(run.video_id)
    return None if found is None else "the same moments were found before"


async def skip_clip_extraction(run: RunContext) -> str | None:
    chosen = {moment.id for moment in await run.source_moments()}
    if not chosen:
        return NO_MOMENTS
    there = await run.local_clip_ids()
    if not chosen <= there:
        there |= await run.stored_clip_ids()
    return "already cut" if chosen <= there else None


async def skip_clip_upload(run: RunContext) -> str | None:
    chosen = {moment.id for moment in await run.source_moments()}
    if not chosen:
        return NO_MOMENTS
    return "already in the bucket" if await run.stored_clip_ids() == chosen else None


async def skip_moment_refinement(run: RunContext) -> str | None:
    moments = await run.moments() or []
    refined = {moment.parent_id for moment in moments if moment.is_refined}
    if not moments:
        return NO_MOMENTS
    wanted = {moment.id for moment in moments if not (moment.is_refined or moment.is_edited)}
    return "already refined" if wanted <= refined else None
