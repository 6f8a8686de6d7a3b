"""The transcript from captions that came with a video, for the stage `transcription`."""

from pathlib import Path

from app.core.concurrency import run_in_thread
from app.models.media_info import MediaInfo
from app.models.transcript import Transcript
from app.services.library.site_metadata import captions_folder
from app.services.pipeline.run_context import RunContext
from app.services.transcripts.caption_source import select_captions, transcript_of

CAPTION_SUFFIXES = frozenset({".srt", ".vtt"})
READ_TIMEOUT_SECONDS = 600.0
"""Subtitles are spread over the whole file, so a video is read to its end."""


async def transcript_from_captions(run: RunContext) -> Transcript | None:
    """Return the transcript of the captions in the spoken language; None without any."""
    row = await run.video()
    if row is None:
        return None
    media = MediaInfo.model_validate(row.media or {})
    has_subtitles = any(stream.is_text and not stream.is_forced for stream in media.subtitles)
    captions = select_captions(
        await _files(run),
        await run.video_file() if has_subtitles else None,
        media,
        spoken=_spoken_language(media, run.state.options.audio_stream),
    )
    if captions is None:
        return None
    run.set_activity("reading the captions")
    transcript = await transcript_of(
        captions,
        run.folder,
        settings=run.settings,
        timeout=READ_TIMEOUT_SECONDS,
        seconds=row.duration_seconds or float("inf"),
    )
    run.set_activity("")
    return transcript


async def _files(run: RunContext) -> list[Path]:
    """Return the caption files of the site; downloads them if this machine has none."""
    folder = captions_folder(run.settings, run.video_id)
    found = await run_in_thread(_captions, folder)
    if found:
        return found
    uploader = run.resources.uploader
    for stored in await uploader.list_objects(uploader.caption_path(run.video_id, "")):
        name = stored.name.rpartition("/")[2]
        if Path(name).suffix in CAPTION_SUFFIXES:
            await uploader.download(stored.name, run.folder / name)
            found.append(run.folder / name)
    return found


def _captions(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in CAPTION_SUFFIXES and path.is_file())


def _spoken_language(media: MediaInfo, audio_stream: int | None) -> str | None:
    """Return the language of the transcribed audio track, if the file declares one."""
    tracks = [stream for stream in media.audio if stream.index == audio_stream] or [
        *(stream for stream in media.audio if stream.is_default),
        *media.audio,
    ]
    return tracks[0].language if tracks else None
