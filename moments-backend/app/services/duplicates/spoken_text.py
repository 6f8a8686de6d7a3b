"""Comparison of the spoken text of two videos with similar pictures.

Talks over one title picture, or over the same automatic slides, look alike and are still different videos.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from app.core.concurrency import run_in_thread
from app.database.models import Video
from app.database.session import transaction
from app.models.text import fold_case
from app.repositories import duplicate_repository
from app.repositories.duplicate_repository import TranscriptVersion
from app.services.duplicates.matching import SimilarPair

MIN_WORDS = 12
"""Fewest words of a transcript that is compared: music and noise are transcribed as a few invented ones."""
MIN_COMMON = 0.35
"""Smallest part of the shorter text's word pairs that the same talk has in common with the other one.

Transcripts of two encodings share more than 0.7, different talks in one language less than 0.15.
"""

_WORD = re.compile(r"\w+")


class TextMatch(StrEnum):
    """Result of a comparison of two transcripts."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    """A transcript is missing, too short, or in another language."""


def compare_texts(first: str, second: str) -> TextMatch:
    """Compare two transcripts in one language by their pairs of neighbouring words."""
    words = [_WORD.findall(fold_case(text)) for text in (first, second)]
    if min(map(len, words)) < MIN_WORDS:
        return TextMatch.UNKNOWN
    pairs = [Counter(pairwise(text)) for text in words]
    common = (pairs[0] & pairs[1]).total() / min(counter.total() for counter in pairs)
    return TextMatch.SAME if common >= MIN_COMMON else TextMatch.DIFFERENT


@dataclass
class TextComparisons:
    """Compares the transcripts of pairs, again only if a transcript has changed."""

    _results: dict[tuple[TranscriptVersion, TranscriptVersion], TextMatch] = field(default_factory=dict)

    async def same_talks(
        self, pairs: Iterable[SimilarPair], videos: Mapping[int, Video]
    ) -> list[SimilarPair]:
        """Return the pairs that are not different talks.

        Videos of one still picture need the same transcript, unless they have no audio. For other videos a
        missing transcript proves nothing.

        Raises:
            DatabaseError: the transcripts could not be read.
        """
        known = [pair for pair in pairs if pair.first in videos and pair.second in videos]
        ids = {number for pair in known for number in (pair.first, pair.second)}
        async with transaction() as session:
            versions = await duplicate_repository.list_transcripts(session, ids)
        keys = {
            (pair.first, pair.second): (versions[pair.first], versions[pair.second])
            for pair in known
            if pair.first in versions and pair.second in versions
        }
        # Local until complete: another request may replace the kept results meanwhile.
        results = {key: self._results[key] for key in keys.values() if key in self._results}
        results |= await _compare({numbers: key for numbers, key in keys.items() if key not in results})
        self._results = results

        def is_same(pair: SimilarPair) -> bool:
            key = keys.get((pair.first, pair.second))
            found = TextMatch.UNKNOWN if key is None else results[key]
            if not pair.is_still or not (videos[pair.first].audio_codec or videos[pair.second].audio_codec):
                return found is not TextMatch.DIFFERENT
            return found is TextMatch.SAME

        return [pair for pair in known if is_same(pair)]


async def _compare(
    keys: Mapping[tuple[int, int], tuple[TranscriptVersion, TranscriptVersion]],
) -> dict[tuple[TranscriptVersion, TranscriptVersion], TextMatch]:
    """Compare the transcripts of pairs, given by `videos.id` with their versions."""
    results = {}
    for (first, second), key in keys.items():
        if key[0].language != key[1].language:
            results[key] = TextMatch.UNKNOWN
            continue
        async with transaction() as session:
            texts = await duplicate_repository.read_texts(session, (first, second))
        results[key] = await run_in_thread(compare_texts, texts.get(first, ""), texts.get(second, ""))
    return results
