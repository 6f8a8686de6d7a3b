"""Fingerprint of everything that determines the moments of a video."""

import hashlib
import json

from app.models.generation_options import GenerationOptions
from app.models.transcript import Transcript


def moments_fingerprint(transcript: Transcript, options: GenerationOptions, engine: str) -> str:
    """Return the SHA-256 of transcript, options and engine as hex digits."""
    values = options.model_dump(mode="json", include=set(GenerationOptions.model_fields))
    words = [(word.word, word.start, word.end) for word in transcript.word_timestamps]
    document = json.dumps([transcript.text, words, values, engine], sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()
