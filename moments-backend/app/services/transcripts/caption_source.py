"""Transcripts from captions that people wrote: beside the video, in it, or of its site.

They are better than what a small model recognises, so the pipeline uses them first.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pysubs2

from app.ai.transcription.normalization import assemble
from app.ai.transcription.sections import build_sections
from app.ai.transcription.vad import CELL_SECONDS, AudioContent, merged
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import CorruptFileError, MediaError
from app.core.languages import language_code
from app.media.subtitles import extract_subtitles
from app.models.media_info import MediaInfo
from app.models.transcript import Segment, Transcript, TranscriptSource
from app.services.transcripts.caption_timing import LONG_SILENCE_SECONDS, time_words
from app.services.transcripts.sidecars import Sidecar

logger = logging.getLogger(__name__)

FALLBACK_LANGUAGE = "en"
"""Preferred if the spoken language is unknown and there are captions in several ones."""


LONGEST_SECONDS = 60.0
"""Longer captions are cut: FFmpeg reads an end before the start as one in days."""

_ORDER: tuple[TranscriptSource, ...] = ("sidecar", "embedded", "site")


@dataclass(frozen=True, slots=True)
class Captions:
    """Captions in one language: a whole file, or one subtitle stream of a video."""

    language: str | None
    path: Path
    stream: int = 0
    source: TranscriptSource = "site"


def site_captions(files: Iterable[Path]) -> list[Captions]:
    """Return the captions of the site; the files are named after their languages."""
    return [Captions(language_code(path.stem), path) for path in files]


def sidecar_captions(sidecars: Iterable[Sidecar]) -> list[Captions]:
    return [Captions(sidecar.language, sidecar.path, source="sidecar") for sidecar in sidecars]


def embedded_captions(video: Path, media: MediaInfo) -> list[Captions]:
    """Return the text subtitles of a video, the default ones first."""
    return [
        Captions(language_code(stream.language), video, stream.index, "embedded")
        for stream in sorted(media.subtitles, key=lambda stream: not stream.is_default)
        if stream.is_text and not stream.is_forced
    ]


def rank_captions(candidates: Sequence[Captions], *, spoken: str | None) -> list[Captions]:
    """Return the captions in the spoken language, the best first; no translations.

    Args:
        spoken: language of the selected audio stream; None if it is unknown.
    """
    known = {captions.language for captions in candidates} - {None}
    wanted = language_code(spoken)
    if wanted is None and len(known) > 1:
        wanted = FALLBACK_LANGUAGE
    usable = [captions for captions in candidates if wanted is None or captions.language in {wanted, None}]
    return sorted(usable, key=lambda captions: (_ORDER.index(captions.source), captions.language is None))


async def transcript_of(
    captions: Captions,
    folder: Path,
    *,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
    seconds: float,
    audio: AudioContent | None = None,
) -> Transcript | None:
    """Read the captions; None if they cannot be read or contain no text.

    Args:
        folder: directory for a temporary file.
        timeout: seconds for reading them.
        seconds: length of the video; infinite if unknown.
        audio: what the audio contains: words are placed in its speech; None if it is unknown.

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
    speech = merged(audio.voice, gap=LONG_SILENCE_SECONDS) if audio else []
    found = assemble(
        [word for segment in segments for word in time_words(segment, speech)],
        segments,
        language=captions.language,
        seconds=seconds,
        source=captions.source,
    )
    if not found.text:
        return None
    if audio is None:
        return found
    length = len(audio.music) * CELL_SECONDS
    return found.model_copy(update={"sections": build_sections(audio, found.word_timestamps, length)})


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
