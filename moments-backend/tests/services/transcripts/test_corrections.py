"""Corrections, their undo, and their merge with new runs."""

import json
import random
from typing import Any

import pytest

from app.core.exceptions import TranscriptChangedError
from app.models.moment import Moment
from app.models.transcript import RemovedRange, Segment, Transcript, Word
from app.models.transcript_edit import TranscriptPatch
from app.services.transcripts.corrections import apply_patch, with_texts
from app.services.transcripts.moment_quotes import QuoteUpdater
from app.services.transcripts.run_merge import merge_run
from app.services.transcripts.undo import describe_change, undo_change


def spoken(*sentences: str, language: str = "en", **fields: Any) -> Transcript:
    """Return a transcript whose words last a second each."""
    words: list[Word] = []
    segments: list[Segment] = []
    for sentence in sentences:
        first = len(words)
        for word in sentence.split():
            words.append(Word(word=word, start=len(words), end=len(words) + 1))
        segments.append(Segment(text=sentence, start=first, end=len(words)))
    return Transcript(
        text=" ".join(sentences),
        language=language,
        word_timestamps=words,
        segment_timestamps=segments,
        **{"source": "whisper"} | fields,
    )


def texts(transcript: Transcript) -> list[str]:
    return [segment.text for segment in transcript.segment_timestamps]


def said(transcript: Transcript) -> str:
    return " ".join(word.word for word in transcript.word_timestamps)


def replaced(text: str, find: str, new: str, **options: bool) -> tuple[str, int]:
    patch = TranscriptPatch.model_validate({"replace": {"find": find, "with": new} | options})
    result = apply_patch(spoken(text), patch, "talk")
    assert said(result.transcript) == result.transcript.text
    return result.transcript.text, result.replacements


@pytest.mark.parametrize(
    ("text", "find", "new", "options", "expected", "count"),
    [
        ("Mix İt", "İt", "it", {}, "Mix it", 1),
        ("Mix it", "İ", "x", {}, "Mix it", 0),
        ("The Moon, the moon", "moon", "sun", {}, "The sun, the sun", 2),
        ("The Moon, the moon", "moon", "sun", {"match_case": True}, "The Moon, the sun", 1),
        ("moonlight moon", "moon", "sun", {"whole_word": True}, "moonlight sun", 1),
        ("moonlight moon", "moon", "sun", {}, "sunlight sun", 2),
        ("ÜBER über", "über", "unter", {}, "unter unter", 2),
        ("cafe\u0301 au lait", "caf\u00e9", "thé", {"whole_word": True}, "thé au lait", 1),
        ("caf\u00e9", "cafe\u0301", "thé", {}, "thé", 1),
        ("é", "e", "a", {}, "é", 0),
        ("a.b axb", "a.b", "\\1", {}, "\\1 axb", 1),
        ("a  b a\u00a0b", "a b", "c", {}, "c c", 2),
        ("aaa", "aa", "b", {}, "ba", 1),
        ("हिन्दी हिन्दीय", "हिन्दी", "उर्दू", {"whole_word": True}, "उर्दू हिन्दीय", 1),
        ("don't do n't", "n't", " not", {"whole_word": True}, "don't do not", 1),
        ("$3,000 and $3", "$3", "€3", {"whole_word": True}, "€3,000 and €3", 2),
        ("um so um", "um", "", {}, "so", 2),
        ("um umbrella um", "um ", "", {}, "umbrella um", 1),
        ("an umbrella um so", " um ", " and ", {}, "an umbrella and so", 1),
        ("so\u00a0um", "so ", "so, ", {}, "so, um", 1),
        ("月が海を引く", "海", "水", {}, "月が水を引く", 1),
    ],
)
def test_find_and_replace(
    text: str, find: str, new: str, options: dict[str, bool], expected: str, count: int
) -> None:
    assert replaced(text, find, new, **options) == (expected, count)


def test_replacement_marks_changed_segments_only() -> None:
    talk = spoken("One moon.", "Two suns.", "Moon")
    patch = TranscriptPatch.model_validate({"replace": {"find": "moon", "with": ""}})
    result = apply_patch(talk, patch, "talk")
    assert texts(result.transcript) == ["One .", "Two suns."]
    assert [segment.is_edited for segment in result.transcript.segment_timestamps] == [True, False]
    assert result.transcript.removed == [RemovedRange(start=4, end=5)]
    assert result.transcript.is_edited


def test_transcript_without_words() -> None:
    talk = spoken("One moon.", "Two suns.").model_copy(update={"word_timestamps": []})
    result = with_texts(talk, {0: "One sun."})
    assert (texts(result), result.word_timestamps) == (["One sun.", "Two suns."], [])


def test_undo_is_exact_for_random_changes() -> None:
    choose = random.Random(7)
    vocabulary = ["the", "moon", "mood", "sea", "tide.", "it", "is"]
    for _ in range(100):
        versions = [spoken(*(" ".join(choose.choices(vocabulary, k=choose.randint(1, 6))) for _ in range(8)))]
        changes = []
        for _ in range(6):
            current = versions[-1]
            if not current.segment_timestamps:
                break
            indices = choose.sample(
                range(len(current.segment_timestamps)), min(2, len(current.segment_timestamps))
            )
            changed = {
                index: " ".join(choose.choices(vocabulary, k=choose.randint(0, 5))) for index in indices
            }
            versions.append(with_texts(current, changed))
            changes.append(json.loads(json.dumps(describe_change(current, versions[-1]))))
        for change, before in zip(reversed(changes), reversed(versions[:-1]), strict=True):
            assert undo_change(versions.pop(), change, "talk") == before


def test_undo_after_a_run_restores_the_segment() -> None:
    talk = spoken("a b.", "c d.", "e f.")
    corrected = with_texts(talk, {1: "c x d."})
    change = describe_change(talk, corrected)
    later = merge_run(corrected, spoken("y.", "a b.", "d.", "e f g."))
    assert texts(later) == ["y.", "a", "c x d.", "e f g."]
    undone = undo_change(later, change, "talk")
    assert undone is not None
    assert texts(undone) == ["y.", "a", "c d.", "e f g."]
    with pytest.raises(TranscriptChangedError, match="not in it any more"):
        undo_change(spoken("a b.", "something else"), change, "talk")


def test_undo_of_a_first_import() -> None:
    imported = spoken("a b.", source="user")
    change = json.loads(json.dumps(describe_change(None, imported)))
    assert undo_change(imported, change, "talk") is None
    with pytest.raises(TranscriptChangedError):
        undo_change(spoken("other"), change, "talk")
    deleted = describe_change(imported, None)
    assert undo_change(None, deleted, "talk") == imported


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"fields": 3, "segments": [], "words": []},
        {"fields": {"language": ["en"]}, "segments": [], "words": []},
        {"fields": {"unknown": [1, 2]}, "segments": [], "words": []},
        {"fields": {}, "segments": [{"at": 0}], "words": []},
        {"fields": {}, "segments": [{"at": "x", "before": [], "after": []}], "words": []},
        {"fields": {"source": ["guessed", "whisper"]}, "segments": [], "words": []},
    ],
    ids=str,
)
def test_record_of_an_adopted_bucket_may_be_anything(record: dict[str, Any]) -> None:
    with pytest.raises(TranscriptChangedError):
        undo_change(spoken("a b.", source="whisper"), record, "talk")


def test_size_of_a_recorded_correction() -> None:
    """A correction of one word records its segment, not the transcript."""
    talk = spoken(*(f"sentence number {number} of many words" for number in range(2000)))
    change = describe_change(talk, with_texts(talk, {1000: "sentence number thousand of many words"}))
    assert len(json.dumps(change)) < 1000


def test_merge_keeps_corrected_and_removed_segments() -> None:
    talk = spoken("the mood rises", "thanks for watching", "and sets again")
    corrected = with_texts(talk, {0: "The moon rises.", 1: ""})
    again = spoken("the mood rises thanks for watching and sets", "again tonight", languages=["en"])
    merged = merge_run(corrected, again)
    assert texts(merged) == ["The moon rises.", "and sets", "again tonight"]
    assert said(merged) == "The moon rises. and sets again tonight"
    assert merged.removed == corrected.removed
    assert [segment.is_edited for segment in merged.segment_timestamps] == [True, False, False]
    assert merge_run(merged, again) == merged


def test_merge_drops_words_at_moved_boundaries() -> None:
    talk = spoken("one two", "three four")
    corrected = with_texts(talk, {0: "one too", 1: "three or four"})
    moved = [
        word.model_copy(update={"end": word.end + 1.8})
        for word in spoken("one two three four five").word_timestamps
    ]
    again = spoken("one two three four five").model_copy(update={"word_timestamps": moved})
    assert said(merge_run(corrected, again)) == "one too three or four five"


def test_merge_with_another_language() -> None:
    corrected = with_texts(spoken("one two", "three four"), {0: "one too"})
    merged = merge_run(corrected, spoken("eins zwei", "drei vier", language="de"))
    assert [(s.text, s.language) for s in merged.segment_timestamps] == [
        ("one too", "en"),
        ("drei vier", None),
    ]


MOMENT = Moment(id="0" * 16, start_time=0, end_time=8, title="The mood pulls the water up", score=5)


@pytest.mark.parametrize(
    ("title", "quote", "new_title", "new_quote"),
    [
        (
            "The mood pulls the water",
            "and the mood pulls the water up.",
            "The moon pulls the water",
            "and the moon pulls the water up.",
        ),
        ("Mood pulls the water up", None, "Moon pulls the water up", None),
        ("And the mood pulls…", "mood", "And the moon pulls…", "moon"),
        ("Tides", "nobody wrote this", "Tides", "nobody wrote this"),
        ("THE MOOD", "the water up", "The moon", "the water up"),
    ],
)
def test_quotes_follow_corrections(
    title: str, quote: str | None, new_title: str, new_quote: str | None
) -> None:
    talk = spoken("and the mood pulls the water up.")
    moment = MOMENT.model_copy(update={"title": title, "quote": quote})
    updated = QuoteUpdater(talk, with_texts(talk, {0: "and the moon pulls the water up."})).update(moment)
    assert (updated.title, updated.quote) == (new_title, new_quote)


def test_titles_of_users_stay() -> None:
    talk = spoken("the mood pulls")
    moment = MOMENT.model_copy(update={"title": "the mood", "quote": "the mood pulls", "model": "user"})
    updated = QuoteUpdater(talk, with_texts(talk, {0: "the moon pulls"})).update(moment)
    assert (updated.title, updated.quote) == ("the mood", "the moon pulls")


def test_quotes_outside_the_moment_stay() -> None:
    talk = spoken("the mood pulls", "a b c d e f g h i j", "the mood pulls")
    changed = with_texts(talk, {2: "the moon pulls"})
    moment = MOMENT.model_copy(update={"quote": "the mood pulls"})
    updater = QuoteUpdater(talk, changed)
    assert updater.update(moment) is moment
    late = moment.model_copy(update={"start_time": 13, "end_time": 16})
    assert updater.update(late).quote == "the moon pulls"
    removed = QuoteUpdater(talk, with_texts(talk, {2: ""})).update(late)
    assert removed.quote is None
