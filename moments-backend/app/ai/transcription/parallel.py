"""Iterators that run in threads side by side."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")


class Arrival(NamedTuple, Generic[Item]):
    """What one of several iterators yielded."""

    index: int
    """Position of the iterator."""
    items: tuple[Item, ...]
    """One item; none at the end of the iterator."""

    @property
    def is_last(self) -> bool:
        return not self.items


def in_parallel(sources: Sequence[Callable[[], Iterator[Item]]], *, workers: int) -> Iterator[Arrival[Item]]:
    """Yield the items of all sources as they arrive; those of one source keep their order.

    Closing this iterator, and an error of a source, end the other sources after their current item.

    Args:
        sources: functions that return an iterator; each runs in one thread.
        workers: sources that run at once.
    """
    if workers == 1:
        for index, source in enumerate(sources):
            for item in source():
                yield Arrival(index, (item,))
            yield Arrival(index, ())
        return
    arrivals: SimpleQueue[Arrival[Item] | BaseException] = SimpleQueue()
    is_over = threading.Event()

    def run(index: int, source: Callable[[], Iterator[Item]]) -> None:
        try:
            if not is_over.is_set():
                for item in source():
                    arrivals.put(Arrival(index, (item,)))
                    if is_over.is_set():
                        return
            arrivals.put(Arrival(index, ()))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of the caller
            arrivals.put(error)

    with ThreadPoolExecutor(workers, thread_name_prefix="parallel") as pool:
        try:
            for index, source in enumerate(sources):
                pool.submit(run, index, source)
            running = len(sources)
            while running:
                arrival = arrivals.get()
                if isinstance(arrival, BaseException):
                    raise arrival
                running -= arrival.is_last
                yield arrival
        finally:
            is_over.set()
