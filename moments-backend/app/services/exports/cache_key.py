"""The cache key of an export: a hash of everything that its file depends on."""

import hashlib
from typing import Any

import orjson

from app.database.models import Video
from app.models.export import CropPosition, ExportOptions
from app.models.transcript import Transcript
from app.services.exports.captions import words_between

ENCODER_VERSION = 1
"""Raise it when the same parameters give another file, so that requests make new ones."""


def cache_key(
    video: Video,
    *,
    start: float,
    end: float,
    title: str,
    options: ExportOptions,
    transcript: Transcript | None,
) -> str:
    """Return the key in hex.

    Args:
        transcript: the corrected transcript; read only for captions.
    """
    parameters = {
        "version": ENCODER_VERSION,
        "source": [video.cloud_url, video.md5 or "", video.size_bytes or 0],
        "audio_stream": audio_stream_of(video),
        "range": [round(start, 3), round(end, 3)],
        "title": title,
        "options": _used(options),
        "words": _words(transcript, start, end) if options.captions != "none" else None,
    }
    return hashlib.sha256(orjson.dumps(parameters, option=orjson.OPT_SORT_KEYS)).hexdigest()


def audio_stream_of(video: Video) -> int | None:
    """Return the audio track that the user chose for the video; None for the default."""
    chosen: int | None = (video.media or {}).get("audio_stream")
    return chosen


def _used(options: ExportOptions) -> dict[str, Any]:
    """Return the options that change the file: a crop position means nothing if nothing is cropped."""
    used = options.model_dump(mode="json")
    if options.format == "source":
        del used["fill"]
    if options.format == "source" or options.fill != "crop":
        del used["crop"]
    elif options.crop == CropPosition():
        used["crop"] = "center"
    if options.captions != "burned":
        del used["caption_style"]
    return used


def _words(transcript: Transcript | None, start: float, end: float) -> Any:
    if transcript is None:
        return None
    words = words_between(transcript, start, end)
    return [transcript.language, [[word.word, word.start, word.end] for word in words]]
