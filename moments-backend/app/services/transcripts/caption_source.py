"""Transcripts from captions that people wrote: those of the site, or text subtitles in the video.

They are better than what a small model recognises, so the pipeline uses them first. Times of words inside a
caption are interpolated.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pysubs2

from app.ai.transcription.normalization import assemble
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import CorruptFileError, MediaError
from app.core.languages import language_code
from app.media.subtitles import extract_subtitles
from app.models.media_info import MediaInfo
from app.models.transcript import Segment, Transcript

logger = logging.getLogger(__name__)

FALLBACK_LANGUAGE = "en"
"""Preferred if the spoken language is unknown and there are captions in several ones."""


LONGEST_SECONDS = 60.0
"""Longer captions are cut: FFmpeg reads an end before the start as one in days."""


@dataclass(frozen=True, slots=True)
class Captions:
    """Captions in one language: a whole file, or one subtitle stream of a video."""

    language: str | None
    path: Path
    stream: int = 0


def select_captions(
    files: Sequence[Path], video: Path | None, media: MediaInfo, *, spoken: str | None
) -> Captions | None:
    """Return the captions in the spoken language; None rather than a translation.

    Args:
        files: caption files, each named after its language.
        video: the file with the subtitle streams of `media`, None if it is not at hand.
        spoken: language of the selected audio stream; None if the file does not declare one.
    """
    candidates = [Captions(language_code(path.stem), path) for path in files]
    if video is not None:
        candidates += [
            Captions(language_code(stream.language), video, stream.index)
            for stream in sorted(media.subtitles, key=lambda stream: not stream.is_default)
            if stream.is_text and not stream.is_forced
        ]
    languages = {captions.language for captions in candidates}
    wanted = language_code(spoken)
    if wanted is None and len(languages) > 1:
        wanted = FALLBACK_LANGUAGE
    return next((found for found in candidates if wanted is None or found.language in {wanted, None}), None)


async def transcript_of(
    captions: Captions,
    folder: Path,
    *,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
    seconds: float,
) -> Transcript | None:
    """Read the captions; None if they cannot be read or contain no text.

    Args:
        folder: directory for a temporary file.
        timeout: seconds for reading them.
        seconds: length of the video; infinite if unknown.

    Raises:
        FFmpegError, DiskFullError, LocalFileError, ToolMissingError: see `extract_subtitles`.
    """
    plain = folder / "captions.srt"
    try:
        await extract_subtitles(
            captions.path, plain, stream=captions.stream, settings=settings, timeout=timeout
        )
        segments = await run_in_thread(partial(read_segments, plain))
    except (MediaError, CorruptFileError) as error:
        logger.warning("Captions not used: %s", error.cause)
        return None
    found = assemble([], segments, language=captions.language, seconds=seconds)
    return found if found.text else None


def read_segments(file: Path) -> list[Segment]:
    """Return the captions of an SRT file in order of time.

    Raises:
        CorruptFileError: it is not SRT.
    """
    try:
        parsed = pysubs2.load(str(file), encoding="utf-8", errors="replace", format_="srt")
    except (pysubs2.Pysubs2Error, ValueError) as error:
        raise CorruptFileError(f"{file.name} is not a caption file: {error}") from error
    found = []
    for line in parsed:
        start, end = max(0, line.start) / 1000, line.end / 1000
        if end > start:
            text = " ".join(line.plaintext.split())
            found.append(Segment(text=text, start=start, end=min(end, start + LONGEST_SECONDS)))
    return sorted(found, key=lambda segment: segment.start)
