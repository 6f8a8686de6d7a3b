"""Encoding of exports: exact ranges in the format, with the captions and the loudness that the user chose."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from app.core.config import Settings
from app.media import ffmpeg
from app.media.clip_encoder import Rendering, check_range, encode_clip, plain_pictures
from app.media.clip_source import ClipSource, open_source
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
    words: Sequence[Word] = (),  # noqa: ARG001
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
        words: words of the video with their times in it, for burned captions.
        metadata: tags of the file, such as `title` and `comment`.
        audio_stream: index of the audio track that the user chose.
        on_progress: called with the seconds of the export written.
        timeout: seconds for the whole export.

    Raises:
        ValueError: invalid range.
        EmptyFileError, NotAVideoError, TruncatedFileError: the file is not a complete video.
        MediaError: no frame at `start`, or the video cannot be decoded or ends early.
        MediaLimitError: the video needs more pixels, memory or output than allowed.
    """
    check_range(start, end)
    source = await open_source(video, settings, audio_stream)
    await encode_clip(
        source,
        destination,
        rendering=Rendering(
            plain_pictures(source.picture),
            _sound_filters(source, options, source.length(start, end)),
            _tags(metadata),
        ),
        start=start,
        end=end,
        settings=settings,
        on_progress=on_progress,
        timeout=timeout,
    )


def _sound_filters(source: ClipSource, options: ExportOptions, length: float) -> tuple[str, ...]:
    if source.sound is None or not options.audio_fade:
        return ()
    return _fades(length)


def _fades(length: float) -> tuple[str, ...]:
    seconds = max(0.0, min(FADE_SECONDS, length / 4))
    return (f"afade=t=in:d={seconds:.4f}", f"afade=t=out:st={max(0.0, length - seconds):.4f}:d={seconds:.4f}")


def _tags(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return tags that an argument can hold: one line, without control characters."""
    return {
        name: " ".join("".join(char if char.isprintable() else " " for char in value).split())[
            :MAX_TAG_LENGTH
        ]
        for name, value in metadata.items()
    }
