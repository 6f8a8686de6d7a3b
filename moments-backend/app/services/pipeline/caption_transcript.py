"""The transcript from captions that came with a video, for the stage `transcription`."""

import hashlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path

from app.ai.transcription.vad import AudioContent
from app.core.concurrency import run_cancellable_in_thread, run_in_thread
from app.core.exceptions import LocalFileError
from app.database.models import Video
from app.models.media_info import MediaInfo
from app.models.transcript import Transcript
from app.services.library.site_metadata import captions_folder
from app.services.pipeline.run_context import RunContext
from app.services.pipeline.transcription_choices import TranscriptionChoices
from app.services.transcripts.caption_source import (
    Captions,
    embedded_captions,
    rank_captions,
    sidecar_captions,
    site_captions,
    transcript_of,
)
from app.services.transcripts.caption_timing import analyse_audio
from app.services.transcripts.sidecars import CAPTION_SUFFIXES, keep_sidecars, parse_kept_name

logger = logging.getLogger(__name__)

READ_TIMEOUT_SECONDS = 600.0
"""Subtitles are spread over the whole file, so a video is read to its end."""


@dataclass(frozen=True, slots=True)
class CaptionTranscript:
    """The transcript of captions.

    Attributes:
        transcript: None without usable captions in the spoken language.
        sidecar_md5: MD5 of the preferred sidecar; None without any.
    """

    transcript: Transcript | None
    sidecar_md5: str | None


async def transcript_from_captions(run: RunContext) -> CaptionTranscript:
    """Read the best captions in the spoken language."""
    row = await run.video()
    if row is None:
        return CaptionTranscript(None, None)
    spoken = _spoken_language(run, row)
    ranked = await _ranked_captions(run, row, spoken)
    if not ranked:
        return CaptionTranscript(None, None)
    run.set_activity("reading the captions")
    audio = await _analyse_audio(run)
    transcript = None
    for captions in ranked:
        is_embedded = captions.source == "embedded"
        transcript = await transcript_of(
            replace(captions, path=await run.video_file()) if is_embedded else captions,
            run.folder,
            spoken=spoken,
            settings=run.settings,
            timeout=READ_TIMEOUT_SECONDS,
            seconds=row.duration_seconds,
            audio=audio,
        )
        if transcript is not None:
            break
    run.set_activity("")
    return CaptionTranscript(transcript, await _sidecar_md5(ranked))


async def has_captions(run: RunContext) -> bool:
    """Return whether the video may get a transcript without audio."""
    row = await run.video()
    return row is not None and bool(await _ranked_captions(run, row, _spoken_language(run, row)))


async def has_other_sidecar(run: RunContext) -> bool:
    """Return whether the preferred sidecar is not the one that the last transcription used."""
    row = await run.video()
    if row is None:
        return False
    current = await _sidecar_md5(await _ranked_captions(run, row, _spoken_language(run, row)))
    return current != MediaInfo.model_validate(row.media or {}).transcript_captions


async def _ranked_captions(run: RunContext, row: Video, spoken: str | None) -> list[Captions]:
    """Return the captions in the spoken language; embedded ones without the path of the video.

    The video may have to be downloaded, which only reading its subtitles justifies.
    """
    media = MediaInfo.model_validate(row.media or {})
    files = await _files(run)
    sidecars = [found for path in files if (found := parse_kept_name(path)) is not None]
    sidecars.sort(key=lambda sidecar: sidecar.is_for_deaf)
    of_site = [path for path in files if parse_kept_name(path) is None]
    candidates = [
        *sidecar_captions(sidecars),
        *embedded_captions(Path(row.cloud_url.rpartition("/")[2]), media),
        *site_captions(of_site),
    ]
    return rank_captions(candidates, spoken=spoken)


async def _files(run: RunContext) -> list[Path]:
    """Return the kept caption files; download those that this machine does not have."""
    original, uploader = await run.local_video(), run.resources.uploader
    if original is not None:
        await keep_sidecars(run.video_id, original, settings=run.settings, uploader=uploader)
    found = await run_in_thread(_captions, captions_folder(run.settings, run.video_id))
    names = {path.name for path in found}
    for stored in await uploader.list_objects(uploader.caption_path(run.video_id, "")):
        name = stored.name.rpartition("/")[2]
        if name not in names and Path(name).suffix in CAPTION_SUFFIXES:
            await uploader.download(stored.name, run.folder / name)
            found.append(run.folder / name)
    return sorted(found, key=lambda path: path.name)


def _captions(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if path.suffix in CAPTION_SUFFIXES and path.is_file()]


def _spoken_language(run: RunContext, row: Video) -> str | None:
    """Return the chosen language, else that of the transcribed audio track, if the file declares one."""
    chosen = TranscriptionChoices.of(run, row).language or run.settings.transcription_language
    if chosen is not None:
        return chosen
    media, audio_stream = MediaInfo.model_validate(row.media or {}), run.state.options.audio_stream
    tracks = [stream for stream in media.audio if stream.index == audio_stream] or [
        *(stream for stream in media.audio if stream.is_default),
        *media.audio,
    ]
    return tracks[0].language if tracks else None


async def _analyse_audio(run: RunContext) -> AudioContent | None:
    """Return what the audio contains, if it is on this machine."""
    if not await run_in_thread(run.local_audio.is_file):
        return None
    try:
        return await run_cancellable_in_thread(lambda check: analyse_audio(run.local_audio, check))
    except LocalFileError as error:
        logger.warning("Words of captions timed without the audio: %s", error.cause)
        return None


async def _sidecar_md5(ranked: list[Captions]) -> str | None:
    sidecar = next((captions.path for captions in ranked if captions.source == "sidecar"), None)
    if sidecar is None:
        return None
    content = await run_in_thread(sidecar.read_bytes)
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
