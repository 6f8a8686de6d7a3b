"""Comparisons of passages by the chat model, in both orders, until a Swiss tournament has ranked them."""

import asyncio
import logging
import re
from collections.abc import Sequence

from app.ai.moments.chat.client import ChatClient, FirstToken
from app.ai.moments.chat.prompts import compare_messages
from app.ai.moments.chat.tournament import ROUNDS, Comparison, Pair, Tournament
from app.core.exceptions import EngineError

logger = logging.getLogger(__name__)

MIN_MASS = 0.2
"""Probability of the two letters below which the model answered something else."""
MAX_FAILED_SHARE = 0.5
"""Part of a round's requests that may fail."""

_LETTER = re.compile(r"^\W*([AB])\b", re.IGNORECASE)
_THOUGHTS = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)


class JudgementFailedError(Exception):
    """Too many comparisons failed; the message states how many, and the cause."""


async def run_tournament(
    client: ChatClient, passages: Sequence[str], user_prompt: str | None = None
) -> Tournament:
    """Return the tournament of all passages, which are in the order of an earlier judgement, best first.

    The very first request is sent alone, so that a server that is down is reported at once.

    Raises:
        EngineError: the first request failed.
        JudgementFailedError: more than half of the requests of a round failed.
    """
    tournament = Tournament(len(passages))
    is_first = True
    for _ in range(ROUNDS):
        pairs = tournament.next_pairs()
        if not pairs:
            break
        if is_first:
            first, second = pairs[0]
            await client.first_token(compare_messages(passages[first], passages[second], user_prompt))
            is_first = False
        tournament.record(await _play(client, passages, pairs, user_prompt))
    return tournament


def letter_probability(token: FirstToken) -> float | None:
    """Return the probability of A against B; None if the model answered neither."""
    if token.probabilities:
        mass = {"A": 0.0, "B": 0.0}
        for text, probability in token.probabilities.items():
            letter = text.strip(" \t\n\"'*(.▁Ġ").upper()
            if letter in mass:
                mass[letter] += probability
        total = mass["A"] + mass["B"]
        if total >= MIN_MASS:
            return mass["A"] / total
    match = _LETTER.match(_THOUGHTS.sub("", token.text))
    return None if match is None else float(match[1].upper() == "A")


async def _play(
    client: ChatClient, passages: Sequence[str], pairs: Sequence[Pair], user_prompt: str | None
) -> list[Comparison]:
    """Compare all pairs at the same time, each in both orders, which cancels a preference for a position."""
    orders = [order for first, second in pairs for order in ((first, second), (second, first))]

    async def ask(order: Pair) -> float | EngineError | None:
        messages = compare_messages(passages[order[0]], passages[order[1]], user_prompt)
        try:
            return letter_probability(await client.first_token(messages))
        except EngineError as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(order)) for order in orders]
    answers = [task.result() for task in tasks]
    failed = [answer for answer in answers if not isinstance(answer, float)]
    if len(failed) > MAX_FAILED_SHARE * len(answers):
        raise JudgementFailedError(_describe(client.model, failed, len(answers)))
    if failed:
        logger.warning(_describe(client.model, failed, len(answers)))
    return [
        Comparison(first, second, (forward + 1 - backward) / 2)
        for (first, second), forward, backward in zip(pairs, answers[::2], answers[1::2], strict=True)
        if isinstance(forward, float) and isinstance(backward, float)
    ]


def _describe(model: str, failed: Sequence[float | EngineError | None], total: int) -> str:
    error = next((answer.cause for answer in failed if isinstance(answer, EngineError)), None)
    cause = error or "it answered neither A nor B"
    return f"{model} did not compare passages in {len(failed)} of {total} requests: {cause}"
