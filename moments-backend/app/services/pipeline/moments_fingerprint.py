"""Whether the same moments were asked for before."""

import hashlib
import json

from app.models.generation_options import GenerationOptions
from app.models.transcript import Transcript


def moments_fingerprint(transcript: Transcript, options: GenerationOptions, engine: str) -> str:
    """SHA-256, in hex, of all that the moments of a video are made of."""
    asked = options.model_dump(mode="json", include=set(GenerationOptions.model_fields))
    words = [(word.word, word.start, word.end) for word in transcript.word_timestamps]
    made_of = json.dumps([transcript.text, words, asked, engine], sort_keys=True)
    return hashlib.sha256(made_of.encode()).hexdigest()
