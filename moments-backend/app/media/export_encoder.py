"""Encoding of exports: exact ranges in the format, with the captions and the loudness that the user chose.

The encoder is that of clips; this module decides what it adds to the range.
"""

import dataclasses
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from uuid import uuid4

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.files.atomic import mapped_write_errors
from app.media import ffmpeg, font_metrics, loudness, x264
from app.media.ass_document import ass_document
from app.media.caption_cues import Cue, make_cues
from app.media.caption_style import caption_layout, check_burnable
from app.media.clip_encoder import MAX_SIDE, Rendering, check_range, encode_clip, sound_filters
from app.media.clip_source import ClipSource, open_source
from app.media.export_format import UNKNOWN_SIZE, exported_pictures
from app.media.loudness import Loudness
from app.media.picture_filters import PictureChain
from app.models.export import ExportOptions
from app.models.transcript import Word

FADE_SECONDS = 0.015
"""Long enough to avoid a click at the cut, too short to be noticed."""

MAX_TAG_LENGTH = 1000


async def encode_export(
    video: Path,
    destination: Path,
    *,
    start: float,
    end: float,
    options: ExportOptions,
    words: Sequence[Word] = (),
    metadata: Mapping[str, str],
    settings: Settings,
    audio_stream: int | None = None,
    on_progress: ffmpeg.OnProgress | None = None,
    timeout: float,  # noqa: ASYNC109 - as in `process.run`
) -> None:
    """Encode the range from `start` to `end`, in seconds of the video, as H.264 and AAC in MP4.

    The first frame is the one displayed at `start`; nothing after `end` is included. Writes `destination`
    atomically; a later `end` is limited to the end of the video.

    Args:
        words: words of the video with their times in it; used for burned captions only.
        metadata: tags of the file, such as `title` and `comment`.
        audio_stream: index of the audio track that the user chose.
        on_progress: called with the seconds of the export written.
        timeout: seconds for the whole export.

    Raises:
        ValueError: invalid range.
        CaptionsNotBurnableError: captions are burned in, and the fonts lack their script.
        EmptyFileError, NotAVideoError, TruncatedFileError: the file is not a complete video.
        MediaError: no frame at `start`, or the video cannot be decoded or ends early.
        MediaLimitError: the video needs more pixels, memory or output than allowed.
        DiskFullError, LocalFileError: the file cannot be written.
    """
    check_range(start, end)
    words = [word for word in words if word.end >= start and word.start < end]
    if options.captions == "burned":
        check_burnable(words)
    deadline = time.monotonic() + timeout
    source = await open_source(video, settings, audio_stream)
    added = await _sound_filters(source, options, start, end, settings, timeout)
    pictures = exported_pictures(source.picture, options, max_side=MAX_SIDE)
    async with _captioned(pictures, destination, options, words, start, end) as shown:
        await encode_clip(
            source,
            destination,
            rendering=Rendering(shown, x264.EXPORT, added, _tags(metadata)),
            start=start,
            end=end,
            settings=settings,
            on_progress=on_progress,
            timeout=max(1.0, deadline - time.monotonic()),
        )


async def _sound_filters(
    source: ClipSource, options: ExportOptions, start: float, end: float, settings: Settings, seconds: float
) -> tuple[str, ...]:
    """Return the filters that normalise and fade the audio of the range."""
    length = source.length(start, end)
    if source.sound is None or length <= 0:
        return ()

    async def measure(added: tuple[str, ...]) -> Loudness | None:
        filters = [*sound_filters(source, "0", f"{end - start:.6f}"), *added]
        return await loudness.measure_loudness(
            source, filters, start=start, end=end, settings=settings, timeout=seconds
        )

    gain = await loudness.normalizing_filters(measure) if options.normalize_loudness else ()
    return (*gain, *(_fades(length) if options.audio_fade else ()))


def _fades(length: float) -> tuple[str, ...]:
    seconds = min(FADE_SECONDS, length / 4)
    return (f"afade=t=in:d={seconds:.4f}", f"afade=t=out:st={length - seconds:.4f}:d={seconds:.4f}")


@asynccontextmanager
async def _captioned(
    pictures: PictureChain,
    destination: Path,
    options: ExportOptions,
    words: Sequence[Word],
    start: float,
    end: float,
) -> AsyncIterator[PictureChain]:
    """Yield the pictures with the captions burned in, which are read from a temporary file."""
    layout = caption_layout(
        options.caption_style, pictures.width or UNKNOWN_SIZE[0], pictures.height or UNKNOWN_SIZE[1]
    )
    cues: list[Cue] = []
    if options.captions == "burned":  # in a thread: hours of speech take seconds
        cues = await run_in_thread(partial(make_cues, words, layout, start=start, end=end))
    if not cues:
        yield pictures
        return
    file = destination.with_name(f".{uuid4().hex}.part")
    try:
        await run_in_thread(_write, file, ass_document(cues, layout), destination)
        name, folder = (_option_value(str(path.absolute())) for path in (file, font_metrics.FONTS_FOLDER))
        burning = f"ass=filename={name}:fontsdir={folder}:shaping=complex"
        yield dataclasses.replace(pictures, filters=(*pictures.filters, burning))
    finally:
        await run_in_thread(_remove, file)


def _write(file: Path, text: str, destination: Path) -> None:
    with mapped_write_errors(destination):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _remove(file: Path) -> None:
    with suppress(OSError):  # the folder may be missing; its own error is more useful
        file.unlink(missing_ok=True)


def _option_value(text: str) -> str:
    """Escape the value of a filter option: once for the filter's options, once for the list of filters.

    https://ffmpeg.org/ffmpeg-filters.html#Notes-on-filtergraph-escaping
    """
    return re.sub(r"([\\'\[\],;\s])", r"\\\1", re.sub(r"([\\':])", r"\\\1", text))


def _tags(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return tags that an argument can hold: one line, without control characters."""
    return {
        name: " ".join("".join(char if char.isprintable() else " " for char in value).split())[
            :MAX_TAG_LENGTH
        ]
        for name, value in metadata.items()
    }
