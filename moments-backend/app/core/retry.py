"""Retry policy with exponential backoff, built on tenacity."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from tenacity import AsyncRetrying, RetryCallState, Retrying, retry_if_exception

RetryPredicate = Callable[[BaseException], bool]
"""Return whether an error is transient."""

DelayGetter = Callable[[BaseException], float | None]
"""Return the delay that an error asks for in seconds (Retry-After), or None."""

OnRetry = Callable[[BaseException, int], None]
"""Called before each delay with the error and the number of failures in a row."""


class FailureCounter:
    """Count failures in a row; progress in between resets the count.

    Args:
        progress: returns a figure that grows, such as the bytes received so far.
        step: growth since the last reset that counts as progress.
    """

    def __init__(self, progress: Callable[[], float] | None = None, step: float = 1) -> None:
        self.failures = 0
        self._progress = progress
        self._step = step
        self._high = 0.0

    def add(self) -> int:
        """Record one failure and return the number in a row."""
        if self._progress is not None and (reached := self._progress()) >= self._high + self._step:
            self._high, self.failures = reached, 0
        self.failures += 1
        return self.failures


class RetryOptions(TypedDict, total=False):
    """Options of a retry.

    Attributes:
        delay_of: its delay replaces a shorter backoff.
        counter: a counter that progress resets; by default every failure counts.
        on_retry: called before each delay.
    """

    delay_of: DelayGetter
    counter: FailureCounter
    on_retry: OnRetry


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Number of attempts and the delays between them; durations in seconds.

    Attributes:
        attempts: calls in a row without progress, the first one included; None for no limit.
        base_delay: delay after the first failure, multiplied by `factor` after each further one.
        max_delay: upper bound of the backoff; an error's own delay may exceed it.
        jitter: range of the random factor applied to each delay.
        deadline: no attempt starts later than this after the first one; None for no limit.
    """

    attempts: int | None
    base_delay: float = 1.0
    max_delay: float = 60.0
    factor: float = 2.0
    jitter: tuple[float, float] = (0.5, 1.0)
    deadline: float | None = None

    def allows(self, failures: int) -> bool:
        return self.attempts is None or failures < self.attempts

    def delay(self, failures: int) -> float:
        jitter = random.uniform(*self.jitter)  # noqa: S311 - spreads retries, guards no secret
        return float(min(self.base_delay * self.factor ** (failures - 1) * jitter, self.max_delay))

    def async_retrying(
        self,
        retry_on: RetryPredicate,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        **options: Unpack[RetryOptions],
    ) -> AsyncRetrying:
        """Return a caller for coroutine functions: `await policy.async_retrying(is_transient)(fetch)`.

        The last error is raised unchanged.
        """
        return AsyncRetrying(sleep=sleep, **self._arguments(retry_on, options))

    def retrying(
        self,
        retry_on: RetryPredicate,
        *,
        sleep: Callable[[float], None] = time.sleep,
        **options: Unpack[RetryOptions],
    ) -> Retrying:
        """Return a caller for blocking functions; see `async_retrying`."""
        return Retrying(sleep=sleep, **self._arguments(retry_on, options))

    def _arguments(self, retry_on: RetryPredicate, options: RetryOptions) -> dict[str, Any]:
        counter = options.get("counter") or FailureCounter()
        delay_of, on_retry = options.get("delay_of"), options.get("on_retry")

        def wait(state: RetryCallState) -> float:
            asked = delay_of(_error(state)) if delay_of is not None else None
            return max(self.delay(counter.failures), asked or 0.0)

        def stop(state: RetryCallState) -> bool:
            elapsed = state.seconds_since_start or 0.0
            is_late = self.deadline is not None and elapsed >= self.deadline
            return is_late or not self.allows(counter.failures)

        def before_sleep(state: RetryCallState) -> None:
            if on_retry is not None:
                on_retry(_error(state), counter.failures)

        return {
            "retry": retry_if_exception(retry_on),
            "after": lambda _: counter.add(),  # runs before `wait` and `stop`
            "wait": wait,
            "stop": stop,
            "before_sleep": before_sleep,
            "reraise": True,
        }


def _error(state: RetryCallState) -> BaseException:
    error = state.outcome.exception() if state.outcome is not None else None
    assert error is not None  # noqa: S101 - for the type checker: only failures are retried
    return error
