"""Quotes and quoted titles of moments, updated after a change of the transcript."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from app.ai.transcription.words import normalized
from app.models.moment import Moment
from app.models.transcript import Transcript, Word
from app.services.moments.edited_moments import BY_USER
from app.services.transcripts.word_alignment import join_words

TOLERANCE_SECONDS = 0.5
"""Refined moments may begin and end within a word."""

_ELLIPSIS = "…"
_TITLE_EDGES = " .,;:…-–"
"""Characters that titles do not end with."""


class QuoteUpdater:
    """Maps texts of the old transcript to those of the new one, by their times."""

    def __init__(self, old: Transcript, new: Transcript) -> None:
        self._old, self._new = old, new
        self._starts = [word.start for word in old.word_timestamps]
        self._new_starts = [word.start for word in new.word_timestamps]

    def update(self, moment: Moment) -> Moment:
        """Return the moment with its quote, and a title that is a quote, in the words of the new transcript.

        The same object if nothing changed.
        """
        first = bisect_left(self._starts, moment.start_time - TOLERANCE_SECONDS)
        last = bisect_left(self._starts, moment.end_time + TOLERANCE_SECONDS)
        spoken = self._old.word_timestamps[first:last]
        changed: dict[str, str | None] = {}
        if moment.quote and (quote := self._updated(moment.quote, spoken)) != moment.quote:
            changed["quote"] = quote or None
        if (
            moment.model != BY_USER
            and (title := self._updated(moment.title, spoken)) != moment.title
            and title
        ):
            changed["title"] = title
        return moment.model_copy(update=changed) if changed else moment

    def _updated(self, text: str, spoken: Sequence[Word]) -> str:
        """Return the text in the new words if it quotes old words that changed, otherwise the text itself."""
        found = _find(text.removesuffix(_ELLIPSIS), spoken)
        if found is None:
            return text
        old, new = spoken[found[0] : found[1]], self._words_between(spoken[found[0]], spoken[found[1] - 1])
        if [word.word for word in old] == [word.word for word in new]:
            return text
        result = join_words(new, self._new.language)
        if text[:1].isupper() and old[0].word[:1].islower():
            result = result[:1].upper() + result[1:]
        if text[-1:] == _ELLIPSIS:
            return f"{result.rstrip(_TITLE_EDGES)}{_ELLIPSIS}"
        if old[-1].word[-1:] in _TITLE_EDGES and text[-1:] != old[-1].word[-1:]:
            return result.rstrip(_TITLE_EDGES)
        return result

    def _words_between(self, first: Word, last: Word) -> list[Word]:
        """Return the new words in the time of the old words `first … last`."""
        at = max(0, bisect_left(self._new_starts, first.start) - 1)
        words = []
        for word in self._new.word_timestamps[at:]:
            if word.start > last.end:
                break
            if first.start <= (word.start + word.end) / 2 <= last.end:
                words.append(word)
        return words


def _find(text: str, words: Sequence[Word]) -> tuple[int, int] | None:
    """Return the first word and the one after the last that the text quotes, whatever its punctuation."""
    wanted = normalized(text)
    letters = [normalized(word.word) for word in words]
    ends = list(accumulate(map(len, letters)))
    starts = [0, *ends[:-1]]
    joined = "".join(letters)
    at = joined.find(wanted) if wanted else -1
    while at >= 0:
        first, last = bisect_left(starts, at), bisect_left(ends, at + len(wanted))
        if first < len(starts) and starts[first] == at and ends[last] == at + len(wanted):
            while first < last and not letters[first]:
                first += 1
            return first, last + 1
        at = joined.find(wanted, at + 1)
    return None
