"""Iterators in threads."""

import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from app.ai.transcription.parallel import in_parallel


def letters(word: str) -> Iterator[str]:
    yield from word


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_items_of_each_source_keep_their_order(workers: int) -> None:
    words = ["tides", "", "moon"]
    found: dict[int, str] = dict.fromkeys(range(len(words)), "")
    ended = []
    for source, items in in_parallel([partial(letters, word) for word in words], workers=workers):
        found[source] += "".join(items)
        if not items:
            ended.append(source)
    assert list(found.values()) == words
    assert sorted(ended) == [0, 1, 2]


def test_sources_run_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=20)

    def waits() -> Iterator[int]:
        yield both.wait()

    assert len([items for _, items in in_parallel([waits, waits], workers=2) if items]) == 2


def test_error_of_a_source_ends_the_others() -> None:
    def fails() -> Iterator[int]:
        yield 1
        raise ValueError("damaged")

    def endless() -> Iterator[int]:
        while True:
            time.sleep(0.001)
            yield 2

    # It would not return if the other source continued.
    with pytest.raises(ValueError, match="damaged"):
        list(in_parallel([fails, endless], workers=2))


def test_closing_ends_the_sources() -> None:
    started = []

    def endless(number: int) -> Iterator[int]:
        started.append(number)
        while True:
            yield number

    arrivals = in_parallel([partial(endless, number) for number in range(5)], workers=2)
    next(arrivals)
    arrivals.close()  # type: ignore[attr-defined]
    assert len(started) <= 2
