"""Number of requests and tokens that the chat engine needs, before it sends any."""

import math
from dataclasses import dataclass

from app.ai.moments.chat.tournament import planned_comparisons
from app.models.generation_options import GenerationOptions

CANDIDATES = 24
"""Passages that the model compares; the best of the extractive engine."""
MAX_CANDIDATES = 30
"""Limit for videos for which more than `CANDIDATES` moments are requested."""

TITLES_PER_REQUEST = 10
"""Small models lose count of more passages."""

TYPICAL_SECONDS = 45.0
TOKENS_PER_SECOND = 3.5
"""2.6 words per second of English speech, and 1.35 tokens per word."""
MAX_PASSAGE_TOKENS = 600
"""`MAX_PASSAGE` characters."""
PROMPT_TOKENS = 250
TOKENS_PER_TITLE = 20


@dataclass(frozen=True, slots=True)
class CallEstimate:
    """Upper bounds, except for retries; `tokens` are those of requests and responses."""

    requests: int
    tokens: int

    def __str__(self) -> str:
        return f"{self.requests} requests, about {max(1, round(self.tokens / 1000))},000 tokens"


def estimate_calls(seconds: float, options: GenerationOptions) -> CallEstimate:
    """Estimate the requests for a video with so many seconds of speech."""
    fitting = int(seconds / options.min_moment_length)
    candidates = min(fitting, MAX_CANDIDATES if options.max_moments > CANDIDATES else CANDIDATES)
    typical = max(options.min_moment_length, min(options.max_moment_length, TYPICAL_SECONDS))
    passage = min(round(typical * TOKENS_PER_SECOND), MAX_PASSAGE_TOKENS)
    compared = 2 * planned_comparisons(candidates) + (1 if candidates > 1 else 0)
    titled = min(fitting, options.max_moments)
    batches = math.ceil(titled / TITLES_PER_REQUEST)
    tokens = compared * (2 * passage + PROMPT_TOKENS)
    tokens += batches * PROMPT_TOKENS + titled * (passage + TOKENS_PER_TITLE)
    return CallEstimate(compared + batches, tokens)
