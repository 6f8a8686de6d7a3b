"""How often a request is made again: so many failures in a row, and progress starts the count anew."""

from google.api_core.retry import Retry

from app.services.storage.chunked_transport import TransferMonitor
from app.services.storage.errors import is_retryable, is_timeout

MAX_DELAY_SECONDS = 60.0


class RetryBudget:
    """A predicate for the client's `Retry`: may this failure be tried again?

    Args:
        max_retries: failures in a row that are forgiven.
        watch: the transfer; bytes beyond its high-water mark count as progress. A timeout within a transfer
            is not forgiven, since each block had the whole stall timeout to itself.
    """

    def __init__(self, max_retries: int, watch: TransferMonitor | None = None) -> None:
        self._max_retries = max_retries
        self._watch = watch
        self._failures = 0
        self._sent_at_failure = -1

    def __call__(self, error: BaseException) -> bool:
        if not is_retryable(error):
            return False
        if self._watch is not None:
            if is_timeout(error):
                return False
            if self._watch.sent > self._sent_at_failure:
                self._failures = 0
            self._sent_at_failure = self._watch.sent
        self._failures += 1
        return self._failures <= self._max_retries


def make_retry(
    max_retries: int, base_delay: float, seconds: float, watch: TransferMonitor | None = None
) -> Retry:
    """Exponential backoff with jitter from `base_delay`, ended by the budget or after `seconds`."""
    return Retry(
        predicate=RetryBudget(max_retries, watch),
        initial=base_delay,
        maximum=max(MAX_DELAY_SECONDS, base_delay),
        multiplier=2.0,
        timeout=max(seconds, 0.001),
    )
