"""Transcripts from captions that people wrote: beside the video, in it, or of its site.

They are better than what a small model recognises, so the pipeline uses them first.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.ai.transcription.normalization import assemble
from app.ai.transcription.sections import build_sections
from app.ai.transcription.vad import CELL_SECONDS, AudioContent, merged
from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import InvalidCaptionsError, MediaError
from app.core.languages import language_code
from app.media.subtitles import extract_subtitles
from app.models.media_info import MediaInfo
from app.models.transcript import Transcript, TranscriptSource
from app.services.transcripts.caption_parser import CaptionFormat, parse_captions
from app.services.transcripts.caption_timing import LONG_SILENCE_SECONDS, time_words
from app.services.transcripts.sidecars import Sidecar
from app.services.transcripts.text_language import RECOGNISED_LANGUAGES

logger = logging.getLogger(__name__)

FALLBACK_LANGUAGE = "en"
"""Preferred if the spoken language is unknown and there are captions in several ones."""


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
    spoken: str | None = None,
    settings: Settings,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
    seconds: float | None,
    audio: AudioContent | None = None,
) -> Transcript | None:
    """Read the captions; None if they cannot be read, contain no text, or are in another language.

    Args:
        folder: directory for a temporary file.
        spoken: language of the audio; None if it is unknown.
        timeout: seconds for reading the subtitles of a video.
        seconds: length of the video; None if unknown.
        audio: what the audio contains: words are placed in its speech; None if it is unknown.

    Raises:
        FFmpegError, DiskFullError, LocalFileError, ToolMissingError: see `extract_subtitles`.
    """
    file = captions.path
    try:
        if captions.source == "embedded":
            file = folder / "captions.srt"
            await extract_subtitles(
                captions.path, file, stream=captions.stream, settings=settings, timeout=timeout
            )
        parsed = await run_in_thread(partial(_parse, file, captions.language, seconds))
    except (MediaError, InvalidCaptionsError) as error:
        logger.warning("Captions %s not used: %s", captions.path.name, error.cause)
        return None
    if captions.language is None and (code := language_code(spoken)) is not None:
        if parsed.languages and parsed.language != code and code in RECOGNISED_LANGUAGES:
            logger.info("Captions %s not used: they seem to be in %s", captions.path.name, parsed.language)
            return None
        parsed = parsed.model_copy(update={"language": code, "languages": [code]})
    return _timed(parsed.model_copy(update={"source": captions.source}), audio)


def _parse(file: Path, language: str | None, seconds: float | None) -> Transcript:
    file_format = CaptionFormat.VTT if file.suffix.lower() == ".vtt" else CaptionFormat.SRT
    return parse_captions(file.read_bytes(), file_format, seconds=seconds, language=language)


def _timed(transcript: Transcript, audio: AudioContent | None) -> Transcript:
    """Place the words of each caption in its speech, and add the sections of the audio."""
    if audio is None:
        return transcript
    speech = merged(audio.voice, gap=LONG_SILENCE_SECONDS)
    length = len(audio.music) * CELL_SECONDS
    found = assemble(
        [word for segment in transcript.segment_timestamps for word in time_words(segment, speech)],
        transcript.segment_timestamps,
        language=transcript.language,
        seconds=float("inf"),
        source=transcript.source,
    )
    sections = build_sections(audio, found.word_timestamps, length)
    return found.model_copy(update={"languages": transcript.languages, "sections": sections})
