"""Whole words from the pieces that recognisers return: `mother-in-law`, `$3,000`, `2.5%`.

Whisper's tokens start with a space where a new word starts, but faster-whisper also splits at punctuation.
Some servers strip the spaces, so that only the text has the spelling.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.models.transcript import Word

WITHOUT_SPACES = frozenset({"bo", "ja", "km", "lo", "my", "th", "yue", "zh"})
"""Languages that are written without spaces between words; their pieces remain the units."""

UNSPACED = re.compile(r"[\u0e00-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
"""Thai, Lao, Tibetan, Burmese, Khmer, Japanese and Chinese characters."""

_DEPENDENT_VOWELS = "ะาำๅๆฯະາຳ"
"""Thai and Lao signs that never start a word, although Unicode classifies them as letters."""

_OPENING = {"Ps", "Pi"}
_NOT_LETTERS = re.compile(r"[\W_]+")
_RESYNC_WORDS = 20
"""Words and tokens searched for the next match after a difference."""


def join_pieces(pieces: Sequence[Word]) -> list[Word]:
    """Join pieces that continue a word, which are those without a leading space; trim the words."""
    words: list[Word] = []
    for piece in pieces:
        text = piece.word
        if not text.strip():
            continue
        if words and not text[0].isspace() and _continues(words[-1].word, text):
            words[-1] = Word(word=words[-1].word + text.rstrip(), start=words[-1].start, end=piece.end)
        else:
            words.extend(split_at_spaces(piece))
    return words


def has_leading_spaces(words: Sequence[Word]) -> bool:
    """Return whether leading spaces mark the starts of words."""
    spaced = sum(word.word[:1].isspace() for word in words[1:])
    return 2 * spaced > len(words) - 1


def split_at_spaces(word: Word) -> Iterator[Word]:
    """Split a word that contains spaces, with its time in proportion to the letters."""
    parts = word.word.split()
    total, before = sum(map(len, parts)), 0
    length = max(0.0, word.end - word.start)
    for part in parts:
        start = word.start + length * before / total
        before += len(part)
        end = max(start, word.end) if before == total else word.start + length * before / total
        yield Word(word=part, start=start, end=end)


def spell_as(words: Sequence[Word], text: str) -> list[Word]:
    """Return the words with the spelling and the word boundaries of `text`.

    Words that differ from the text in more than punctuation, case and boundaries remain unchanged.
    """
    spelled: list[Word] = []
    for group in match_tokens(words, text.split()):
        lettered = [word for word in group.words if normalized(word.word)]
        if not group.tokens or any(map(UNSPACED.search, group.tokens)):
            spelled.extend(group.words)
        elif len(group.words) == len(group.tokens) or len(lettered) == len(group.tokens):
            parts = group.words if len(group.words) == len(group.tokens) else lettered
            spelled.extend(
                Word(word=token, start=part.start, end=part.end)
                for part, token in zip(parts, group.tokens, strict=True)
            )
        else:
            spelled.extend(split_at_spaces(group.joined))
    return spelled


@dataclass(frozen=True, slots=True)
class MatchedGroup:
    """Consecutive words and the tokens of a text with the same letters; no tokens if none match."""

    words: list[Word]
    tokens: list[str]

    @property
    def joined(self) -> Word:
        return Word(word=" ".join(self.tokens), start=self.words[0].start, end=self.words[-1].end)


def match_tokens(words: Sequence[Word], tokens: Sequence[str]) -> Iterator[MatchedGroup]:
    """Yield all words in order, in the smallest groups that match tokens of the text, in linear time."""
    ours = [normalized(word.word) for word in words]
    theirs = [normalized(token) for token in tokens]
    at = next_token = 0
    while at < len(words):
        first = at
        while first < len(words) and not ours[first]:
            first += 1  # punctuation that was split from the following word
        while next_token < len(tokens) and not theirs[next_token]:
            next_token += 1
        end, token_end = _match(ours, theirs, first, next_token)
        if end == first:
            skipped, next_token = _resync(ours, theirs, first, next_token)
            skipped = max(skipped, at + 1)
            yield from (MatchedGroup([word], []) for word in words[at:skipped])
            at = skipped
            continue
        matched = list(tokens[next_token:token_end])
        lead = next((n for n in range(at, first + 1) if matched[0].startswith(_text(words[n:first]))), first)
        yield from (MatchedGroup([word], []) for word in words[at:lead])
        while end < len(words) and not ours[end] and matched[-1].endswith(words[end].word.strip()):
            end += 1
        yield MatchedGroup(list(words[lead:end]), [token for token in matched if normalized(token)])
        at, next_token = end, token_end


def normalized(word: str) -> str:
    """Return the letters and digits in lower case."""
    return _NOT_LETTERS.sub("", word.casefold())


def _continues(word: str, piece: str) -> bool:
    """Return whether a piece without a leading space belongs to the word before it."""
    before, after = word[-1], piece[0]
    kind = unicodedata.category(after)
    if kind[0] == "M" or after in _DEPENDENT_VOWELS or (kind[0] == "P" and kind not in _OPENING):
        return True
    if unicodedata.category(before) in _OPENING:
        return True
    return not (UNSPACED.match(before) or UNSPACED.match(after))


def _text(words: Sequence[Word]) -> str:
    return "".join(word.word.strip() for word in words)


def _match(ours: Sequence[str], theirs: Sequence[str], first: int, token: int) -> tuple[int, int]:
    """Return the ends of the shortest runs with the same letters; the starts without a match."""
    end, token_end = first, token
    own = their = ""
    while not own or own != their:
        if len(own) <= len(their):
            if end >= len(ours):
                return first, token
            own += ours[end]
            end += 1
        else:
            if token_end >= len(theirs):
                return first, token
            their += theirs[token_end]
            token_end += 1
        if their and not (own.startswith(their) or their.startswith(own)):
            return first, token
    return end, token_end


def _resync(ours: Sequence[str], theirs: Sequence[str], first: int, token: int) -> tuple[int, int]:
    """Return the nearest positions with the same letters, or the next ones without a match."""
    for distance in range(1, _RESYNC_WORDS + 1):
        for words in range(distance + 1):
            at, token_at = first + words, token + distance - words
            if at >= len(ours) or token_at >= len(theirs) or not ours[at]:
                continue
            if _match(ours, theirs, at, token_at)[0] > at:
                return at, token_at
    return first + 1, token + 1
