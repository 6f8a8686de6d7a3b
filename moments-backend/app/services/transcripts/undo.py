"""Records of the text that a change of a transcript replaced, so that it can be undone exactly.

A record holds the replaced ranges of segments and words, not the whole document: undoing an older correction
keeps the text that a run has recognised since then.
"""

import difflib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter

from app.core.exceptions import TranscriptChangedError
from app.core.exceptions.transcripts import RESET_REMEDY
from app.models.transcript import Segment, Transcript, Word

ItemT = TypeVar("ItemT", Segment, Word)
Range = dict[str, Any]

MAX_ALIGNED = 20_000
"""Changes of more segments or words are recorded as one range."""

FIELDS = ("language", "source", "languages", "sections", "removed")
_SEGMENTS, _WORDS = TypeAdapter(list[Segment]), TypeAdapter(list[Word])


def describe_change(before: Transcript | None, after: Transcript | None) -> dict[str, Any]:
    """Return a JSON object from which `undo_change` restores `before`."""
    if before is None or after is None:
        return {"before": _dumped(before), "after": _dumped(after)}
    dumped_before, dumped_after = before.model_dump(mode="json"), after.model_dump(mode="json")
    change: dict[str, Any] = {
        "fields": {
            name: [dumped_before[name], dumped_after[name]]
            for name in FIELDS
            if dumped_before[name] != dumped_after[name]
        },
        "segments": _ranges(before.segment_timestamps, after.segment_timestamps, _SEGMENTS, _segment_key),
        "words": _ranges(before.word_timestamps, after.word_timestamps, _WORDS, _word_key),
    }
    if before.text != _text(before.segment_timestamps):
        change["text"] = before.text
    return change


def undo_change(current: Transcript | None, change: dict[str, Any], video_id: str) -> Transcript | None:
    """Return the transcript without the change.

    Raises:
        TranscriptChangedError: what the change made is not in the transcript any more, or the record, which
            may come from an adopted bucket, is not one of a change.
    """
    try:
        return _undo(current, change, video_id)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise _no_longer_fits(video_id) from error


def _undo(current: Transcript | None, change: dict[str, Any], video_id: str) -> Transcript | None:
    if "fields" not in change:
        if _dumped(current) != change["after"]:
            raise _no_longer_fits(video_id)
        return None if change["before"] is None else Transcript.model_validate(change["before"])
    if current is None:
        raise _no_longer_fits(video_id)
    segments = _undone(current.segment_timestamps, change["segments"], _SEGMENTS, _segment_key, video_id)
    words = _undone(current.word_timestamps, change["words"], _WORDS, _word_key, video_id)
    dumped = current.model_dump(mode="json")
    fields = {
        name: before if dumped[name] == after else dumped[name]
        for name, (before, after) in change["fields"].items()
    }
    return Transcript.model_validate(
        dumped
        | fields
        | {
            "text": change.get("text", _text(segments)),
            "segment_timestamps": [segment.model_dump() for segment in segments],
            "word_timestamps": [word.model_dump() for word in words],
        }
    )


def _dumped(transcript: Transcript | None) -> dict[str, Any] | None:
    return None if transcript is None else transcript.model_dump(mode="json")


def _text(segments: Sequence[Segment]) -> str:
    return " ".join(segment.text for segment in segments)


def _segment_key(segment: Segment) -> tuple[object, ...]:
    return segment.text, segment.start, segment.end, segment.is_edited


def _word_key(word: Word) -> tuple[object, ...]:
    return word.word, word.start, word.end


def _ranges(
    before: Sequence[ItemT],
    after: Sequence[ItemT],
    adapter: TypeAdapter[list[ItemT]],
    key: Callable[[ItemT], tuple[object, ...]],
) -> list[Range]:
    old, new = [key(item) for item in before], [key(item) for item in after]
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    tail = 0
    while tail < min(len(old), len(new)) - first and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    last, end = len(old) - tail, len(new) - tail
    if first == last and first == end:
        return []
    opcodes = [("replace", first, last, first, end)]
    if max(last, end) - first <= MAX_ALIGNED:
        matcher = difflib.SequenceMatcher(None, old[first:last], new[first:end], autojunk=False)
        opcodes = [
            (tag, first + a, first + b, first + c, first + d) for tag, a, b, c, d in matcher.get_opcodes()
        ]
    return [
        {
            "at": start,
            "before": adapter.dump_python(list(before[a:b]), mode="json"),
            "after": adapter.dump_python(list(after[start:stop]), mode="json"),
        }
        for tag, a, b, start, stop in opcodes
        if tag != "equal"
    ]


def _undone(
    current: Sequence[ItemT],
    ranges: Sequence[Range],
    adapter: TypeAdapter[list[ItemT]],
    key: Callable[[ItemT], tuple[object, ...]],
    video_id: str,
) -> list[ItemT]:
    """Return the items with every range restored, from the last one to the first."""
    items, keys = list(current), [key(item) for item in current]
    limit = len(items)
    for changed in reversed(ranges):
        before, after = adapter.validate_python(changed["before"]), adapter.validate_python(changed["after"])
        at = _position(keys, [key(item) for item in after], changed["at"], limit)
        if at is None or (not after and not _fits(items, at, before)):
            raise _no_longer_fits(video_id)
        items[at : at + len(after)] = before
        limit = at
    return items


def _position(keys: Sequence[object], wanted: Sequence[object], expected: int, limit: int) -> int | None:
    """Return the index of the wanted items before `limit`: the expected one, or the only one."""
    size = len(wanted)
    if expected + size <= limit and list(keys[expected : expected + size]) == list(wanted):
        return expected
    if not size:
        return None
    found = [
        at
        for at in range(limit - size + 1)
        if keys[at] == wanted[0] and list(keys[at : at + size]) == list(wanted)
    ]
    return found[0] if len(found) == 1 else None


def _fits(items: Sequence[Segment] | Sequence[Word], at: int, restored: Sequence[Segment | Word]) -> bool:
    """Return whether removed items can be inserted without a change of the order of time."""
    return (not at or items[at - 1].start <= restored[0].start) and (
        at == len(items) or restored[-1].start <= items[at].start
    )


def _no_longer_fits(video_id: str) -> TranscriptChangedError:
    return TranscriptChangedError(
        video_id, "the text of the last change is not in it any more", remedy=RESET_REMEDY
    )
