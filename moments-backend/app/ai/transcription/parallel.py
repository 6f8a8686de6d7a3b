"""Iterators that run in threads side by side."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")


class Arrival(NamedTuple, Generic[Item]):
    """Item of one of several iterators, or its end."""

    source: int
    """Position of the iterator."""
    items: tuple[Item, ...]
    """One item; none at the end of the iterator."""


class _Threads(Generic[Item]):
    """Functions of the threads, and the queue of what they yield."""

    def __init__(self) -> None:
        self.arrivals: SimpleQueue[Arrival[Item] | BaseException] = SimpleQueue()
        self.is_over = threading.Event()

    def run(self, number: int, source: Callable[[], Iterator[Item]]) -> None:
        try:
            self._run(number, source)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of the caller
            self.arrivals.put(error)

    def _run(self, number: int, source: Callable[[], Iterator[Item]]) -> None:
        if self.is_over.is_set():
            return
        for item in source():
            self.arrivals.put(Arrival(number, (item,)))
            if self.is_over.is_set():
                return
        self.arrivals.put(Arrival(number, ()))


def in_parallel(sources: Sequence[Callable[[], Iterator[Item]]], *, workers: int) -> Iterator[Arrival[Item]]:
    """Yield the items of all sources as they arrive; those of one source keep their order.

    Closing this iterator, and an error of a source, end the other sources after their current item.

    Args:
        sources: functions that return an iterator; each runs in one thread.
        workers: sources that run at once.
    """
    threads = _Threads[Item]()
    with ThreadPoolExecutor(workers, thread_name_prefix="parallel") as pool:
        try:
            for number, source in enumerate(sources):
                pool.submit(threads.run, number, source)
            running = len(sources)
            while running:
                arrival = threads.arrivals.get()
                if isinstance(arrival, BaseException):
                    raise arrival
                running -= not arrival.items
                yield arrival
        finally:
            threads.is_over.set()
