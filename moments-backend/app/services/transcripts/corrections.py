"""Corrections of a transcript's segments: new texts, find and replace, removal."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.exceptions import InvalidRequestError, TranscriptChangedError
from app.models.text import clean_line
from app.models.transcript import RemovedRange, Segment, Transcript, Word
from app.models.transcript_edit import (
    MAX_SEGMENT_CHARACTERS,
    Replacement,
    SegmentCorrection,
    TranscriptPatch,
)
from app.services.transcripts.word_alignment import aligned_words, word_ranges


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected transcript; the same object if nothing changed."""

    transcript: Transcript
    replacements: int = 0


def apply_patch(transcript: Transcript, patch: TranscriptPatch, video_id: str) -> Corrected:
    """Apply corrections of segments, or a replacement in all of them.

    Raises:
        TranscriptChangedError: a segment has another text than the correction replaces.
        InvalidRequestError: a segment does not exist, or would be too long.
    """
    if patch.replace is not None:
        texts, count = _replace(transcript.segment_timestamps, patch.replace)
        return Corrected(with_texts(transcript, texts), count)
    texts = {}
    for correction in patch.segments or ():
        if _changes(transcript.segment_timestamps, correction, video_id):
            texts[correction.index] = correction.text
    return Corrected(with_texts(transcript, texts))


def with_texts(transcript: Transcript, texts: Mapping[int, str]) -> Transcript:
    """Return the transcript with new texts of segments, by index; an empty text removes its segment."""
    if not texts:
        return transcript
    segments: list[Segment] = []
    words: list[Word] = []
    removed = list(transcript.removed)
    parts = zip(transcript.segment_timestamps, word_ranges(transcript), strict=True)
    for index, (segment, (first, last)) in enumerate(parts):
        old = transcript.word_timestamps[first:last]
        text = texts.get(index)
        if text is None:
            segments.append(segment)
            words += old
        elif text:
            changed = segment.model_copy(update={"text": text, "is_edited": True})
            segments.append(changed)
            if transcript.word_timestamps:
                words += aligned_words(old, text, changed, segment.language or transcript.language)
        else:
            removed.append(RemovedRange(start=segment.start, end=segment.end))
    return with_parts(transcript, segments, words, removed=sorted(removed, key=lambda part: part.start))


def with_parts(
    transcript: Transcript, segments: Sequence[Segment], words: Sequence[Word], **fields: object
) -> Transcript:
    """Return the transcript with other segments and words, and the text that they result in."""
    return transcript.model_copy(
        update={
            "text": " ".join(segment.text for segment in segments),
            "segment_timestamps": list(segments),
            "word_timestamps": list(words),
        }
        | fields
    )


def _changes(segments: Sequence[Segment], correction: SegmentCorrection, video_id: str) -> bool:
    """Return whether the correction changes its segment; see `apply_patch` for the errors."""
    if correction.index >= len(segments):
        if correction.before is not None:
            raise TranscriptChangedError(video_id, f"it has no segment {correction.index} any more")
        raise InvalidRequestError(
            f"segment {correction.index} does not exist: {video_id!r} has {len(segments)} segments, from 0",
            remedy="read the transcript again and use an index of its segments",
        )
    current = clean_line(segments[correction.index].text, MAX_SEGMENT_CHARACTERS)
    if current == correction.text:
        return False
    if correction.before is not None and current != correction.before:
        raise TranscriptChangedError(video_id, f"segment {correction.index} is now {current[:80]!r}")
    return True


def _replace(segments: Sequence[Segment], wanted: Replacement) -> tuple[dict[int, str], int]:
    texts, count = {}, 0
    pattern = _pattern(wanted.find, match_case=wanted.match_case)
    for index, segment in enumerate(segments):
        text, found = _substitute(unicodedata.normalize("NFC", segment.text), pattern, wanted)
        if not found:
            continue
        count += found
        text = " ".join(text.split())
        if len(text) > MAX_SEGMENT_CHARACTERS:
            raise InvalidRequestError(
                f"the replacement makes segment {index} longer than {MAX_SEGMENT_CHARACTERS} characters",
                remedy="use a shorter replacement",
            )
        if text != segment.text:
            texts[index] = text
    return texts, count


def _pattern(find: str, *, match_case: bool) -> re.Pattern[str]:
    """Compile a text to find; any spacing matches spaces."""
    parts = (re.escape(part) for part in unicodedata.normalize("NFC", find).split(" "))
    return re.compile(r"\s+".join(parts), re.NOFLAG if match_case else re.IGNORECASE)


def _substitute(text: str, pattern: re.Pattern[str], wanted: Replacement) -> tuple[str, int]:
    pieces, count, copied, at = [], 0, 0, 0
    while found := pattern.search(text, at):
        at = found.end()
        if not _is_wanted(found, wanted):
            at = found.start() + 1
            continue
        pieces += [text[copied : found.start()], wanted.replacement]
        copied = found.end()
        count += 1
    return "".join([*pieces, text[copied:]]), count


def _is_wanted(found: re.Match[str], wanted: Replacement) -> bool:
    """Check what the pattern cannot express: letters such as `İ` that only resemble `i`, and whole words."""
    text = found.string
    is_same = wanted.match_case or _folded(found[0]) == _folded(wanted.find)
    cuts_word = (_in_word(text, found.start() - 1) and _in_word(text, found.start())) or (
        _in_word(text, found.end() - 1) and _in_word(text, found.end())
    )
    return is_same and not (wanted.whole_word and cuts_word)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _in_word(text: str, position: int) -> bool:
    r"""Return whether a character belongs to a word: `\w` lacks the vowel signs of Hindi and Thai."""
    if not 0 <= position < len(text):
        return False
    character = text[position]
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"
