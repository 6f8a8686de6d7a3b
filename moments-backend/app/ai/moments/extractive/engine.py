"""Extractive engine: embed sentences, split them into topics, score candidates, select the best."""

from functools import partial
from itertools import pairwise

from app.ai.embeddings.sentence_encoder import SentenceEncoder
from app.ai.moments.base import MomentSearchResult, Topic, moment_id
from app.ai.moments.extractive.candidates import Candidates
from app.ai.moments.extractive.chapters import chapters_of, find_chapters, sentence_features
from app.ai.moments.extractive.choice import TalkAnalysis, analyse, choose, score_of
from app.ai.moments.extractive.explanation import explain, figures
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.refinement import refine_moment
from app.ai.moments.extractive.titles import choose_quote, choose_title
from app.ai.moments.extractive.topic_segmentation import topic_starts
from app.ai.moments.feature_weights import FeatureWeights
from app.ai.sentences import split_sentences
from app.core.concurrency import CancelCheck, run_cancellable_in_thread
from app.core.config import Settings
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript

VERSION = "extractive-2"
"""Part of every moment and its id; change it if the same transcript yields different moments."""


class ExtractiveEngine:
    """Moment engine without network or model server; see `MomentEngine`.

    The same transcript and options yield the same moments.
    """

    def __init__(self, settings: Settings, encoder: SentenceEncoder | None = None) -> None:
        self._encoder = encoder or SentenceEncoder(settings.embedding_model_path)

    @property
    def name(self) -> str:
        return "extractive MiniLM"

    @property
    def is_repeatable(self) -> bool:
        return True

    async def find_chapters(self, transcript: Transcript) -> list[Topic]:
        return await run_cancellable_in_thread(partial(find_chapters, transcript, self._encoder))

    async def find(
        self, transcript: Transcript, options: GenerationOptions, weights: FeatureWeights | None = None
    ) -> MomentSearchResult:
        """Find moments as in `MomentEngine.find`.

        Args:
            weights: multipliers of the features in `Moment.scores`; without them, each counts as documented.
        """
        return await run_cancellable_in_thread(partial(self._find, transcript, options, weights))

    async def rank(
        self,
        transcript: Transcript,
        options: GenerationOptions,
        count: int,
        weights: FeatureWeights | None = None,
    ) -> list[Moment]:
        """Return up to `count` non-overlapping moments, best first, for another judge to choose from.

        The lengths are those of `options`; its numbers do not apply.
        """
        return await run_cancellable_in_thread(partial(self._rank, transcript, options, count, weights))

    async def refine(self, moment: Moment, transcript: Transcript, options: GenerationOptions) -> Moment:
        return await run_cancellable_in_thread(partial(self._refine, moment, transcript, options))

    async def close(self) -> None:
        self._encoder.close()

    def _find(
        self,
        transcript: Transcript,
        options: GenerationOptions,
        weights: FeatureWeights | None,
        check: CancelCheck,
    ) -> MomentSearchResult:
        sentences = split_sentences(transcript)
        if not sentences:
            return MomentSearchResult([], [], "no speech in this video", [])
        features = sentence_features(sentences, self._encoder, check)
        starts = topic_starts(features.sentences, features.vectors)
        ranges = [(low, high - 1) for low, high in pairwise([0, *starts, len(sentences)])]
        topics, chapters = _topics(features, ranges), chapters_of(features, starts)
        length = float(features.clip_ends[-1] - features.clip_starts[0])
        if length < options.min_moment_length:
            reason = f"only {length:.1f} s of speech, less than a moment of {options.min_moment_length:g} s"
            return MomentSearchResult(topics, [], reason, chapters)
        analysis = analyse(features, transcript, ranges, weights)
        chosen, candidates = choose(analysis, options, check)
        moments = [self._moment(transcript, analysis, candidates, index) for index in chosen]
        return MomentSearchResult(topics, moments, _shortfall(len(moments), options), chapters)

    def _rank(
        self,
        transcript: Transcript,
        options: GenerationOptions,
        count: int,
        weights: FeatureWeights | None,
        check: CancelCheck,
    ) -> list[Moment]:
        limits = {"min_moments": count, "max_moments": count}
        found = self._find(transcript, options.model_copy(update=limits), weights, check)
        return sorted(found.moments, key=lambda moment: (-moment.score, moment.start_time))

    def _refine(
        self, moment: Moment, transcript: Transcript, options: GenerationOptions, check: CancelCheck
    ) -> Moment:
        sentences = split_sentences(transcript)
        features = None
        if sentences:
            # Outside the moment, the audio around the clip's words is unknown.
            earliest = min(moment.start_time, sentences[0].start)
            features = sentence_features(
                sentences, self._encoder, check, earliest=earliest, latest=moment.end_time
            )
        return refine_moment(moment, transcript, features, options, self.name)

    def _moment(
        self, transcript: Transcript, analysis: TalkAnalysis, candidates: Candidates, index: int
    ) -> Moment:
        features = analysis.features
        first, last = int(candidates.firsts[index]), int(candidates.lasts[index])
        start, end = float(features.clip_starts[first]), float(features.clip_ends[last])
        parts = figures(features, analysis.scores, candidates, index)
        return Moment(
            id=moment_id(transcript, start, end, self.name, VERSION),
            start_time=start,
            end_time=end,
            title=choose_title(features, first, last),
            score=score_of(float(candidates.values[index])),
            quote=choose_quote(features, first, last),
            reason=explain(features, first, last, parts, transcript.language),
            scores=parts,
            model=self.name,
            prompt_version=VERSION,
        )


def _topics(features: SentenceFeatures, ranges: list[tuple[int, int]]) -> list[Topic]:
    """Return topics from 0 to the end of the speech; each ends and the next starts in mid-pause."""
    changes = [round(float(features.ends[low - 1] + features.starts[low]) / 2, 3) for low, _ in ranges[1:]]
    boundaries = [0.0, *changes, max(float(features.clip_ends[-1]), changes[-1] if changes else 0.0)]
    return [Topic(start, end) for start, end in pairwise(boundaries)]


def _shortfall(found: int, options: GenerationOptions) -> str | None:
    """Return why there are fewer moments than requested, or None."""
    lengths = f"{options.min_moment_length:g} to {options.max_moment_length:g} s"
    if found == 0:
        return f"no range of whole sentences lasts {lengths}"
    if found < options.min_moments:
        return f"only {found} of {options.min_moments} moments: no more whole sentences of {lengths} fit"
    return None
