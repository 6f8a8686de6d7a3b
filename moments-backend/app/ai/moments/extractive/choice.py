"""Choice of moments: the best non-overlapping candidates outside of advertisements and the like."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.ai.moments.extractive.candidates import Candidates, find_candidates
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.promotions import Promotion, PromotionEstimate, estimate_promotions
from app.ai.moments.extractive.selection import select_non_overlapping
from app.ai.moments.extractive.sentence_scores import SentenceScores, score_sentences
from app.ai.moments.extractive.talk_kind import talk_shape
from app.ai.moments.feature_weights import FeatureWeights
from app.ai.moments.intelligible import Range, intelligible_ranges, intersect
from app.models.generation_options import GenerationOptions
from app.models.transcript import Transcript

SECONDS_PER_MOMENT = 90.0
"""Yields 7 moments for ten minutes and 40 for an hour, within the options."""


@dataclass(frozen=True, slots=True)
class TalkAnalysis:
    """Features, scores and ranges of a talk, on which the choice of moments depends.

    Attributes:
        topics: ranges of the sentences of each topic.
        usable: ranges of sentences without music and speech that was not recognised.
        worthwhile: ranges of `usable` without advertisements, introductions and farewells.
        weights: multipliers of the features, or None.
    """

    features: SentenceFeatures
    scores: SentenceScores
    topics: Sequence[Range]
    usable: Sequence[Range]
    worthwhile: Sequence[Range]
    weights: FeatureWeights | None


def analyse(
    features: SentenceFeatures,
    transcript: Transcript,
    topics: Sequence[Range],
    weights: FeatureWeights | None,
    promotions: PromotionEstimate | None = None,
) -> TalkAnalysis:
    """Analyse a transcript of at least one sentence; promotions are detected unless they are given."""
    promotions = promotions or estimate_promotions(features, transcript.language)
    scores = score_sentences(
        features,
        talk_shape(features).kind,
        promotions.passages,
        probabilities=promotions.probabilities,
        language=transcript.language,
        weights=weights,
    )
    usable = intelligible_ranges(features.sentences, transcript)
    outside = ranges_outside(promotions.passages, len(features.sentences))
    return TalkAnalysis(features, scores, topics, usable, intersect(usable, outside), weights)


def ranges_outside(promotions: Sequence[Promotion], sentences: int) -> list[Range]:
    """Return the ranges of sentences between the passages, which are in order."""
    ranges: list[Range] = []
    low = 0
    for promotion in promotions:
        if promotion.first > low:
            ranges.append((low, promotion.first - 1))
        low = promotion.last + 1
    return [*ranges, (low, sentences - 1)] if low < sentences else ranges


def choose(
    analysis: TalkAnalysis, options: GenerationOptions, check: Callable[[], None]
) -> tuple[list[int], Candidates]:
    """Return the numbers of the chosen candidates in order of time, and all candidates.

    Where fewer than `min_moments` fit, the next wider set of ranges is used: first within topics, then across
    them, and last with advertisements, introductions and farewells, which still lower the value.
    """
    at_least = max(1, options.min_moments)
    count = min(max(_usual_count(analysis), at_least), options.max_moments)
    chosen, candidates = _best(
        analysis, intersect(analysis.topics, analysis.worthwhile), options, count, check
    )
    for ranges in (analysis.worthwhile, analysis.usable):
        if len(chosen) >= at_least:
            break
        wider = _best(analysis, ranges, options, min(count, at_least), check)
        if len(wider[0]) > len(chosen):
            chosen, candidates = wider
    return chosen, candidates


def _best(
    analysis: TalkAnalysis,
    ranges: Sequence[Range],
    options: GenerationOptions,
    count: int,
    check: Callable[[], None],
) -> tuple[list[int], Candidates]:
    candidates = find_candidates(analysis.features, analysis.scores, ranges, options, check, analysis.weights)
    chosen = select_non_overlapping(
        candidates.firsts,
        candidates.lasts,
        candidates.values,
        count=count,
        sentences=len(analysis.features.sentences),
    )
    return chosen, candidates


def score_of(value: float) -> float:
    """Map the value of a candidate to the score of a moment: 5 for an average passage, 10 never exceeded."""
    return max(0.1, round(10 * value**2 / (1 + value**2), 1))


def _usual_count(analysis: TalkAnalysis) -> int:
    features = analysis.features
    seconds = sum(
        float(features.clip_ends[high] - features.clip_starts[low]) for low, high in analysis.worthwhile
    )
    return max(1, round(seconds / SECONDS_PER_MOMENT))
