"""Chat engine against a scripted server: choice, titles, fallback and refinement."""

import hashlib
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from app.ai.moments.chat.engine import ChatEngine
from app.ai.moments.chat.prompts import PROMPT_VERSION
from app.ai.moments.chat.titles import MAX_TITLE, parse_titles
from app.ai.moments.extractive.engine import ExtractiveEngine
from app.ai.sentences import split_sentences
from app.core.config import Settings
from app.models.generation_options import GenerationOptions
from app.models.moment import Moment
from app.models.transcript import Transcript
from benchmarks.labelled_talk import labelled_talk
from tests.ai.moments.support.model_server import (
    Action,
    ModelServer,
    judge_by,
    letter,
    model_server,
    reply,
    status,
)
from tests.ai.moments.support.transcripts import spoken, transcript_of

if TYPE_CHECKING:
    from app.ai.moments.base import MomentEngine

TALK = transcript_of([word for word in labelled_talk(3).transcript.word_timestamps if word.end < 240])
OPTIONS = GenerationOptions(min_moment_length=8, max_moment_length=40, min_moments=3, max_moments=3)
TITLES = {"titles": ["One", "Two", "Three"]}


@pytest.fixture(autouse=True)
def _own_settings(clean_environment: None) -> None:
    """Ignore the developer's environment."""


@asynccontextmanager
async def engine(
    extractive: ExtractiveEngine, *script: Action, **settings: Any
) -> AsyncIterator[tuple[ChatEngine, ModelServer]]:
    """Yield the engine with the loaded model of other tests, and its server."""
    async with model_server(*script) as server:
        chat = ChatEngine(
            Settings(moment_engine="openai", moment_base_url=server.url, moment_model="the-model", **settings)
        )
        chat._extractive = extractive
        try:
            yield chat, server
        finally:
            await chat._client.close()


def worth(passage: str) -> float:
    """Return a number that has nothing to do with the extractive engine's opinion."""
    return int(hashlib.sha256(passage.encode()).hexdigest()[:6], 16) / 0xFFFFFF * 1000


def text_of(moment: Moment, transcript: Transcript = TALK) -> str:
    inside = [
        sentence.text
        for sentence in split_sentences(transcript)
        if moment.start_time <= (sentence.start + sentence.end) / 2 <= moment.end_time
    ]
    return "\n".join(inside)


async def test_model_chooses_among_the_candidates(extractive: ExtractiveEngine) -> None:
    ranked = await extractive.rank(TALK, OPTIONS, 24)
    plain = await extractive.find(TALK, OPTIONS)
    async with engine(extractive, judge_by(worth, titles=TITLES)) as (chat, server):
        found = await chat.find(TALK, OPTIONS)
        again = await chat.find(TALK, OPTIONS)
        checked: MomentEngine = chat  # for mypy: the engine implements the protocol
    assert len(found.moments) == len(plain.moments) == 3
    best = sorted(ranked, key=lambda moment: -worth(text_of(moment)))
    chosen = {(moment.start_time, moment.end_time) for moment in found.moments}
    assert chosen <= {(moment.start_time, moment.end_time) for moment in best[:6]}
    assert (best[0].start_time, best[0].end_time) in chosen
    assert (found.topics, found.chapters, found.reason) == (plain.topics, plain.chapters, None)
    assert found.moments == sorted(found.moments, key=lambda moment: moment.start_time)
    by_score = sorted(found.moments, key=lambda moment: -moment.score)
    assert by_score[0].start_time == best[0].start_time
    assert [moment.title for moment in by_score] == TITLES["titles"]
    for moment in found.moments:
        assert (moment.model, moment.prompt_version) == (checked.name, PROMPT_VERSION)
        assert moment.reason is not None
        assert re.match(r"the-model preferred it to \d of 5 other passages\. \w", moment.reason)
        assert moment.scores
        assert re.fullmatch("[0-9a-f]{16}", moment.id)
    assert len(server.requests) <= 2 * (2 * 5 * (len(ranked) // 2) + 2)
    assert again == found
    assert len({moment.id for moment in found.moments}) == 3
    sentences = split_sentences(TALK)
    for moment in found.moments:
        assert 8 <= moment.end_time - moment.start_time <= 40.5
        for edge in (moment.start_time, moment.end_time):
            assert not any(sentence.start + 0.01 < edge < sentence.end - 0.01 for sentence in sentences)


async def test_prompt_chooses_candidates_by_meaning(extractive: ExtractiveEngine) -> None:
    """Half of the candidates are those nearest to what the user looks for."""
    whole = labelled_talk(3).transcript
    ranked = await extractive.rank(whole, OPTIONS, 72)
    assert len(ranked) > 24
    wanted = ranked[-1]
    asked = OPTIONS.model_copy(update={"user_prompt": f"Something like: {text_of(wanted, whole)}"})
    async with engine(extractive, reply("Not asked.")) as (chat, _):
        chat._encoder = extractive._encoder  # type: ignore[assignment]
        candidates = await chat._candidates(whole, asked, None, count=3)
    assert len(candidates) == 24
    assert wanted in candidates
    assert candidates[:12] == ranked[:12]


async def test_failed_judgement_keeps_the_extractive_moments(
    extractive: ExtractiveEngine, caplog: pytest.LogCaptureFixture
) -> None:
    plain = await extractive.find(TALK, OPTIONS)
    requests = len(await extractive.rank(TALK, OPTIONS, 24)) // 2 * 2
    with caplog.at_level(logging.WARNING):
        async with engine(extractive, reply("Neither.")) as (chat, server):
            found = await chat.find(TALK, OPTIONS)
    assert found.moments == plain.moments
    assert found.reason == (
        f"the-model did not compare passages in {requests} of {requests} requests: "
        "it answered neither A nor B; these are the moments of the extractive MiniLM engine"
    )
    assert found.reason in caplog.text
    assert len(server.requests) == requests + 1


@pytest.mark.parametrize(
    "titles",
    [
        reply("Here are your titles"),
        reply({"titles": ["Only one"]}),
        reply({"titles": ["x" * (MAX_TITLE + 1), " \n\u202e ", '""']}),
        status(401),
    ],
)
async def test_unusable_titles_are_replaced(extractive: ExtractiveEngine, titles: Action) -> None:
    judge = letter(0.5)  # no opinion: the best of the extractive engine, with its titles

    async def act(request: Any) -> None:
        await (judge if "passage-A" in request.text else titles)(request)

    few = OPTIONS.model_copy(update={"min_moment_length": 30})
    ranked = await extractive.rank(TALK, few, 24)
    async with engine(extractive, act) as (chat, _):
        found = await chat.find(TALK, few)
    title_of = {moment.start_time: moment.title for moment in ranked}
    assert [moment.title for moment in found.moments] == [title_of[m.start_time] for m in found.moments]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ('{"titles": ["A b", "“Quoted” "]}', ["A b", "Quoted"]),
        ('```json\n{"titles": ["# One\\ntwo"]}\n```', ["One two"]),
        ('<think>{"titles": []}</think>{"titles": ["Über 講演"]}', ["Über 講演"]),
        ('{"titles": [3]}', []),
        ('["A"]', []),
        ("", []),
    ],
)
def test_titles_are_parsed(text: str, titles: list[str]) -> None:
    assert parse_titles(text) == titles


async def test_few_candidates_need_few_requests(extractive: ExtractiveEngine) -> None:
    short = spoken(*[f"This is the sentence with number {index}." for index in range(4)], pause=1.0)
    options = GenerationOptions(min_moment_length=8, max_moment_length=20, min_moments=1, max_moments=1)
    async with engine(extractive, judge_by(worth, titles={"titles": ["A title"]})) as (chat, server):
        found = await chat.find(short, options)
    assert [moment.title for moment in found.moments] == ["A title"]
    assert len(server.requests) <= 4


async def test_no_or_little_speech_sends_no_request(extractive: ExtractiveEngine) -> None:
    async with engine(extractive, judge_by(worth)) as (chat, server):
        nothing = await chat.find(transcript_of([]), OPTIONS)
        short = await chat.find(spoken("Too short."), OPTIONS)
    assert (nothing.topics, nothing.moments) == ([], [])
    assert nothing.reason == "no speech in this video"
    assert short.reason == "only 1.0 s of speech, less than a moment of 8 s"
    assert server.requests == []


async def test_environment_key_is_not_sent(
    extractive: ExtractiveEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "another-key")
    async with engine(extractive, reply("Neither.")) as (chat, server):
        await chat.find(TALK, OPTIONS)
    assert "another-key" not in str(server.requests[0].headers)
    assert "temperature" not in server.requests[0].payload


async def test_refinement_keeps_title_and_sends_nothing(extractive: ExtractiveEngine) -> None:
    found = (await extractive.rank(TALK, OPTIONS, 24))[0].model_copy(
        update={"title": "By the model", "model": "openai the-model"}
    )
    async with engine(extractive, judge_by(worth)) as (chat, server):
        refined = await chat.refine(found, TALK, OPTIONS)
        again = await chat.refine(found, TALK, OPTIONS)
    assert (refined.title, refined.model) == ("By the model", "openai the-model")
    assert (refined.is_refined, refined.parent_id) == (True, found.id)
    assert refined.id == again.id != found.id
    assert server.requests == []
