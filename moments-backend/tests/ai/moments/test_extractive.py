"""Extractive engine on transcripts of known topics and on unusual ones."""

import asyncio
from itertools import pairwise

import pytest

from app.ai.moments.base import MomentSearchResult
from app.ai.moments.boundaries import MAX_MARGIN_SECONDS
from app.ai.moments.extractive.engine import VERSION, ExtractiveEngine
from app.ai.moments.factory import create_engine
from app.ai.sentences import Sentence, split_sentences
from app.core.config import Settings
from app.core.exceptions import ModelMissingError
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript, Word
from benchmarks.labelled_talk import boundary_f1, labelled_talk, share_inside_sentences
from tests.ai.moments.support.transcripts import random_transcript, spoken, transcript_of

TALK = labelled_talk(3)
DEFAULTS = GenerationOptions()


def options(
    *, lengths: tuple[float, float] = (15, 90), moments: tuple[int, int] = (1, 10)
) -> GenerationOptions:
    return GenerationOptions(
        min_moment_length=lengths[0],
        max_moment_length=lengths[1],
        min_moments=moments[0],
        max_moments=moments[1],
    )


def sentences_inside(moment: Moment, sentences: list[Sentence]) -> list[Sentence]:
    start, end = moment.start_time - 0.001, moment.end_time + 0.001  # moments are rounded to milliseconds
    return [sentence for sentence in sentences if start <= sentence.start and sentence.end <= end]


def assert_valid(found: MomentSearchResult, transcript: Transcript, asked: GenerationOptions) -> None:
    sentences = split_sentences(transcript)
    assert len(found.moments) <= asked.max_moments
    assert len(found.moments) >= asked.min_moments or found.reason
    for moment in found.moments:
        length = moment.end_time - moment.start_time
        assert asked.min_moment_length - 1e-6 <= length <= asked.max_moment_length + 1e-6
        inside = sentences_inside(moment, sentences)
        assert moment.start_time >= inside[0].start - MAX_MARGIN_SECONDS - 0.001
        assert moment.end_time <= inside[-1].end + MAX_MARGIN_SECONDS + 0.001
        # Neighbouring sentences are entirely outside.
        outside = [sentence for sentence in sentences if sentence not in inside]
        assert all(
            other.end <= moment.start_time + 0.001 or other.start >= moment.end_time - 0.001
            for other in outside
        )
        assert moment.title.strip()
        assert moment.quote in [sentence.text for sentence in inside]
        assert 0 < moment.score <= 10
        assert moment.reason
        assert (moment.model, moment.prompt_version) == ("extractive MiniLM", VERSION)
        assert moment.reason.endswith(".")
        assert "%" not in moment.reason
        assert moment.scores
        assert (moment.is_refined, moment.parent_id) == (False, None)
    for earlier, later in pairwise(found.moments):
        assert earlier.end_time <= later.start_time
    assert_covered(found, sentences)


def assert_covered(found: MomentSearchResult, sentences: list[Sentence]) -> None:
    assert found.topics[0].start_time == 0
    assert found.topics[-1].end_time >= sentences[-1].end - 0.001
    for earlier, later in pairwise(found.topics):
        assert earlier.end_time == later.start_time
        assert earlier.start_time <= earlier.end_time


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked",
    [
        DEFAULTS,
        options(lengths=(5, 10)),
        options(lengths=(20, 20.5)),
        options(lengths=(60, 120), moments=(0, 3)),
        options(moments=(1, 1)),
        options(lengths=(1, 3600), moments=(20, 100)),
        options(lengths=(200, 3600), moments=(2, 5)),
    ],
    ids=str,
)
async def test_moments_obey_the_options(extractive: ExtractiveEngine, asked: GenerationOptions) -> None:
    assert_valid(await extractive.find(TALK.transcript, asked), TALK.transcript, asked)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_random_transcripts_yield_valid_moments(extractive: ExtractiveEngine, seed: int) -> None:
    transcript = random_transcript(seed)
    assert_valid(await extractive.find(transcript, DEFAULTS), transcript, DEFAULTS)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 4])
async def test_topics_are_found_at_sentence_boundaries(extractive: ExtractiveEngine, seed: int) -> None:
    talk = labelled_talk(seed)
    found = await extractive.find(talk.transcript, options(moments=(6, 10)))
    changes = [topic.start_time for topic in found.topics[1:]]
    assert boundary_f1(changes, talk.changes, within=5) >= 0.7  # spread evenly: 0.3 to 0.6
    times = [time for moment in found.moments for time in (moment.start_time, moment.end_time)]
    assert share_inside_sentences(times, talk.sentences) == 0


@pytest.mark.slow
async def test_most_moments_stay_within_a_topic(extractive: ExtractiveEngine) -> None:
    """Topics last half a minute: at most one in five random ranges is within a single topic."""
    inside: list[bool] = []
    for seed in range(3):
        talk = labelled_talk(seed)
        for moment in (await extractive.find(talk.transcript, options(moments=(4, 10)))).moments:
            middle = (moment.start_time + 1, moment.end_time - 1)
            inside.append(not any(middle[0] < change < middle[1] for change in talk.changes))
    assert sum(inside) >= 0.6 * len(inside)


async def test_single_subject_is_one_topic(extractive: ExtractiveEngine) -> None:
    sentences = [
        f"The bakery on our street sells bread number {number} in the morning." for number in range(40)
    ]
    assert len((await extractive.find(spoken(*sentences), DEFAULTS)).topics) <= 2


@pytest.mark.slow
async def test_same_input_yields_same_moments(extractive: ExtractiveEngine) -> None:
    first = await extractive.find(TALK.transcript, DEFAULTS)
    other = ExtractiveEngine(Settings(embedding_model_path=None))
    assert await other.find(TALK.transcript, DEFAULTS) == first
    assert len({moment.id for moment in first.moments}) == len(first.moments)


@pytest.mark.slow
async def test_wider_limits_never_yield_fewer_moments(extractive: ExtractiveEngine) -> None:
    async def count(asked: GenerationOptions) -> int:
        return len((await extractive.find(TALK.transcript, asked)).moments)

    by_most = [await count(options(moments=(1, most))) for most in (1, 2, 4, 8)]
    by_least = [await count(options(moments=(least, 30))) for least in (0, 5, 12, 30)]
    by_length = [await count(options(lengths=(low, 90), moments=(30, 30))) for low in (60, 30, 15, 5)]
    for counts in (by_most, by_least, by_length):
        assert counts == sorted(counts)
    assert by_most[0] == 1
    assert by_least[1] == 5


async def test_longer_transcripts_have_more_moments(extractive: ExtractiveEngine) -> None:
    words = TALK.transcript.word_timestamps
    short = transcript_of([word for word in words if word.end < 120])
    few = await extractive.find(short, DEFAULTS)
    assert 1 <= len(few.moments) < len((await extractive.find(TALK.transcript, DEFAULTS)).moments)


@pytest.mark.parametrize(
    ("transcript", "reason"),
    [
        (transcript_of([]), "no speech in this video"),
        (spoken("Hello"), "less than a moment of 15 s"),
        (spoken("We start here.", "It ends at once."), "less than a moment of 15 s"),
        (transcript_of([Word(word="still.", start=0, end=0)] * 40), "less than a moment of 15 s"),
        (
            spoken("Yes.", " ".join(["on"] * 59) + ".", "No.", pause=100),
            "no range of whole sentences lasts 3 to 4 s",
        ),
    ],
)
async def test_reason_for_no_moments(
    extractive: ExtractiveEngine, transcript: Transcript, reason: str
) -> None:
    asked = options(lengths=(3, 4)) if "3 to 4" in reason else DEFAULTS
    found = await extractive.find(transcript, asked)
    assert found.moments == []
    assert reason in (found.reason or "")


async def test_reason_for_fewer_moments_than_requested(extractive: ExtractiveEngine) -> None:
    talk = spoken(*["The tide comes in twice a day and nobody is surprised."] * 6)
    found = await extractive.find(talk, options(moments=(5, 9)))
    assert 0 < len(found.moments) < 5
    assert "of 5 moments" in (found.reason or "")


@pytest.mark.slow
async def test_endless_sentence_has_moments(extractive: ExtractiveEngine) -> None:
    talk = spoken(" ".join(f"and then the river number {number} came" for number in range(200)))
    found = await extractive.find(talk, DEFAULTS)
    assert found.moments
    assert all(15 <= moment.end_time - moment.start_time <= 90 for moment in found.moments)


@pytest.mark.slow
async def test_cancelled_search_ends_soon(extractive: ExtractiveEngine) -> None:
    long = labelled_talk(1, repeats=20, wrong_words=0.3).transcript
    search = asyncio.create_task(extractive.find(long, DEFAULTS))
    await asyncio.sleep(0.5)
    search.cancel()
    with pytest.raises(asyncio.CancelledError):
        await search
    assert (await extractive.find(spoken("One.", "Two."), DEFAULTS)).moments == []  # still usable


async def test_refinement_drops_dependent_sentences(extractive: ExtractiveEngine) -> None:
    clip = spoken(
        "And so they did that as well.",
        "A sourdough starter is a small zoo of yeast and bacteria.",
        "You feed it with flour every morning, and it doubles within hours.",
        "The most important thing is to keep it warm while it grows.",
        "Cold dough rises slowly, but the taste of the bread gets better for it.",
        "Well, anyway.",
        pause=0.5,
    )
    sentences = split_sentences(clip)
    found = Moment(
        id="0" * 16, start_time=0, end_time=sentences[-1].end, title="And so they did", score=5, quote="x"
    )
    asked = options(lengths=(10, 40))
    refined = await extractive.refine(found, clip, asked)
    assert (refined.is_refined, refined.parent_id) == (True, found.id)
    assert refined.id != found.id
    assert refined.start_time == pytest.approx(sentences[1].start - 0.25, abs=0.01)
    assert 10 <= refined.end_time - refined.start_time <= 40
    assert refined.title != found.title
    assert refined.quote in [sentence.text for sentence in sentences]
    assert await extractive.refine(found, clip, asked) == refined


async def test_refinement_without_words_keeps_the_range(extractive: ExtractiveEngine) -> None:
    found = Moment(id="0" * 16, start_time=3, end_time=30, title="As it was", score=5)
    refined = await extractive.refine(found, transcript_of([]), DEFAULTS)
    assert (refined.start_time, refined.end_time, refined.title) == (3, 30, "As it was")
    assert (refined.is_refined, refined.parent_id) == (True, found.id)


@pytest.mark.slow
async def test_refined_moments_are_valid(extractive: ExtractiveEngine) -> None:
    found = await extractive.find(TALK.transcript, DEFAULTS)
    for moment in found.moments:
        around = [
            word
            for word in TALK.transcript.word_timestamps
            if moment.start_time - 30 <= word.start and word.end <= moment.end_time + 30
        ]
        refined = await extractive.refine(moment, transcript_of(around), DEFAULTS)
        assert 15 <= refined.end_time - refined.start_time <= 90
        assert refined.start_time < moment.end_time
        assert refined.end_time > moment.start_time
        assert share_inside_sentences([refined.start_time, refined.end_time], TALK.sentences) == 0


async def test_refinement_excludes_cut_sentences(
    extractive: ExtractiveEngine,
) -> None:
    found = (await extractive.find(TALK.transcript, options(moments=(1, 1)))).moments[0]
    around = [
        word
        for word in TALK.transcript.word_timestamps
        if found.start_time - 3 <= word.start and word.end <= found.end_time + 3
    ]
    refined = await extractive.refine(found, transcript_of(around), DEFAULTS)
    assert share_inside_sentences([refined.start_time, refined.end_time], TALK.sentences) == 0


async def test_missing_model_raises(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("model")
    engine = create_engine(Settings(moment_engine="extractive", embedding_model_path=folder))
    with pytest.raises(ModelMissingError, match=r"model\.onnx is missing") as missing:
        await engine.find(TALK.transcript, DEFAULTS)
    assert "EMBEDDING_MODEL_PATH" in (missing.value.remedy or "")
    (folder / "model.onnx").write_bytes(b"not a model")
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelMissingError, match="no usable model"):
        await engine.find(TALK.transcript, DEFAULTS)
