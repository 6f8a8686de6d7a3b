"""Swiss tournaments and their ratings; no server."""

import random
from statistics import mean

import pytest

from app.ai.moments.chat.cost import estimate_calls
from app.ai.moments.chat.tournament import ROUNDS, Comparison, Tournament, planned_comparisons
from app.models.generation_options import GenerationOptions


def spearman(order: list[int], worth: list[float]) -> float:
    """Return the rank correlation of an order, best first, with the worth of its members."""
    truth = sorted(order, key=lambda index: -worth[index])
    n = len(order)
    squares = sum((order.index(index) - truth.index(index)) ** 2 for index in order)
    return 1 - 6 * squares / (n * (n * n - 1))


def play(worth: list[float]) -> Tournament:
    tournament = Tournament(len(worth))
    for _ in range(ROUNDS):
        pairs = tournament.next_pairs()
        tournament.record([Comparison(a, b, float(worth[a] > worth[b])) for a, b in pairs])
    return tournament


@pytest.mark.parametrize("count", [20, 24, 30])
def test_few_rounds_rank_all_candidates(count: int) -> None:
    found = []
    for seed in range(20):
        worth = [float(value) for value in random.Random(seed).sample(range(count), count)]
        found.append(spearman(play(worth).order(), worth))
    assert mean(found) > 0.95
    assert min(found) > 0.85


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 9, 21])
def test_each_round_pairs_new_opponents(count: int) -> None:
    tournament = Tournament(count)
    met: set[frozenset[int]] = set()
    for _ in range(ROUNDS):
        pairs = tournament.next_pairs()
        members = [index for pair in pairs for index in pair]
        assert len(set(members)) == len(members)
        for pair in pairs:
            assert frozenset(pair) not in met
            met.add(frozenset(pair))
        tournament.record([Comparison(a, b, 1.0) for a, b in pairs])
    assert len(met) <= planned_comparisons(count)
    assert sorted(tournament.order()) == list(range(count))


def test_odd_candidates_are_absent_in_turn() -> None:
    tournament = Tournament(5)
    for _ in range(ROUNDS):
        tournament.record([Comparison(a, b, float(a < b)) for a, b in tournament.next_pairs()])
    assert min(tournament.record_of(index)[1] for index in range(5)) >= 3


def test_ties_keep_the_earlier_order() -> None:
    tournament = Tournament(6)
    assert tournament.order() == list(range(6))
    tournament.record([Comparison(a, b, 0.5) for a, b in tournament.next_pairs()])
    assert tournament.order() == list(range(6))


def test_records_of_candidates() -> None:
    tournament = Tournament(3)
    tournament.record([Comparison(0, 1, 0.9), Comparison(2, 0, 0.7), Comparison(0, 2, 0.5)])
    assert [tournament.record_of(index) for index in range(3)] == [(1, 3), (0, 1), (1, 2)]


def test_cost_before_the_search() -> None:
    hour = estimate_calls(3600, GenerationOptions(min_moment_length=15, max_moment_length=90))
    assert hour.requests == 2 * 60 + 1 + 1
    assert 50_000 < hour.tokens < 100_000
    assert str(hour) == f"122 requests, about {round(hour.tokens / 1000)},000 tokens"
    assert estimate_calls(10, GenerationOptions()).requests == 0
    assert estimate_calls(36_000, GenerationOptions(max_moments=100)).requests == 2 * 75 + 1 + 10
    long = estimate_calls(36_000, GenerationOptions(min_moment_length=600, max_moment_length=3600))
    assert long.tokens < 250_000
