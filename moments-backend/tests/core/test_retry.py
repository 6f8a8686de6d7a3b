"""The retry policy: attempts, delays, deadline, progress."""

import time

import pytest

from app.core.retry import FailureCounter, RetryPolicy

EXACT = (1.0, 1.0)


class TransientError(Exception):
    """Fails an attempt; `delay` plays the part of Retry-After."""

    def __init__(self, delay: float | None = None) -> None:
        super().__init__("transient")
        self.delay = delay


def is_transient(error: BaseException) -> bool:
    return isinstance(error, TransientError)


class Work:
    """Raises the given errors one after the other, then returns the number of calls."""

    def __init__(self, *errors: Exception) -> None:
        self.calls = 0
        self._errors = list(errors)

    def __call__(self) -> int:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return self.calls

    async def run(self) -> int:
        return self()


def test_success_needs_one_attempt() -> None:
    assert RetryPolicy(3).retrying(is_transient)(Work()) == 1


def test_transient_errors_are_retried() -> None:
    work = Work(TransientError(), TransientError())
    assert RetryPolicy(3, base_delay=0).retrying(is_transient)(work) == 3


def test_last_error_is_raised_unchanged() -> None:
    errors = [TransientError() for _ in range(3)]
    work = Work(*errors)
    with pytest.raises(TransientError) as raised:
        RetryPolicy(3, base_delay=0).retrying(is_transient)(work)
    assert raised.value is errors[-1]
    assert work.calls == 3


def test_permanent_errors_are_not_retried() -> None:
    work = Work(ValueError("permanent"))
    with pytest.raises(ValueError, match="permanent"):
        RetryPolicy(3).retrying(is_transient)(work)
    assert work.calls == 1


def test_delays_grow_up_to_the_maximum() -> None:
    delays: list[float] = []
    policy = RetryPolicy(6, base_delay=1, max_delay=5, jitter=EXACT)
    policy.retrying(is_transient, sleep=delays.append)(Work(*(TransientError() for _ in range(5))))
    assert delays == [1, 2, 4, 5, 5]


def test_jitter_stays_within_its_range() -> None:
    policy = RetryPolicy(2, base_delay=8, jitter=(0.5, 1.0))
    delays = [policy.delay(1) for _ in range(200)]
    assert min(delays) >= 4
    assert max(delays) <= 8
    assert len(set(delays)) > 1


def test_error_can_ask_for_a_longer_delay() -> None:
    delays: list[float] = []
    policy = RetryPolicy(4, base_delay=1, max_delay=5, jitter=EXACT)
    work = Work(TransientError(delay=30), TransientError(delay=0.1), TransientError())
    policy.retrying(is_transient, delay_of=lambda error: getattr(error, "delay", None), sleep=delays.append)(
        work
    )
    assert delays == [30, 2, 4]


def test_progress_resets_count_and_delay() -> None:
    received = iter([10, 10, 20, 20, 25])
    delays: list[float] = []
    policy = RetryPolicy(3, jitter=EXACT)
    work = Work(*(TransientError() for _ in range(5)))
    counter = FailureCounter(lambda: next(received), step=10)
    with pytest.raises(TransientError):
        policy.retrying(is_transient, counter=counter, sleep=delays.append)(work)
    assert delays == [1, 2, 1, 2]  # 20 is progress; 25 is less than a step more
    assert work.calls == 5


def test_deadline_ends_unlimited_attempts() -> None:
    work = Work(*(TransientError() for _ in range(100)))
    policy = RetryPolicy(None, base_delay=0.01, factor=1, jitter=EXACT, deadline=0.05)
    started = time.monotonic()
    with pytest.raises(TransientError):
        policy.retrying(is_transient)(work)
    assert time.monotonic() - started >= 0.05
    assert 2 <= work.calls <= 7


def test_callback_receives_error_and_failure_count() -> None:
    seen: list[tuple[BaseException, int]] = []
    errors = [TransientError(), TransientError()]
    policy = RetryPolicy(2, base_delay=0)
    with pytest.raises(TransientError):
        policy.retrying(is_transient, on_retry=lambda *call: seen.append(call))(Work(*errors))
    assert seen == [(errors[0], 1)]


async def test_coroutine_functions_are_retried() -> None:
    delays: list[float] = []

    async def sleep(seconds: float) -> None:
        delays.append(seconds)

    work = Work(TransientError(), TransientError(delay=7))
    retrying = RetryPolicy(3, jitter=EXACT).async_retrying(
        is_transient, delay_of=lambda error: getattr(error, "delay", None), sleep=sleep
    )
    assert await retrying(work.run) == 3
    assert delays == [1, 7]
