"""Retries of Cloud Storage requests: the shared policy, applied to the client's own `Retry`."""

from google.api_core.retry import Retry

from app.core.config import Settings
from app.core.retry import FailureCounter, RetryPolicy
from app.services.storage.chunked_transport import TransferMonitor
from app.services.storage.errors import is_retryable, is_timeout


def retry_policy(settings: Settings) -> RetryPolicy:
    return RetryPolicy(attempts=settings.gcs_max_retries + 1, base_delay=settings.gcs_retry_base_delay)


def is_retryable_transfer(error: BaseException) -> bool:
    """Exclude timeouts: each block of a transfer already had the whole stall timeout to itself."""
    return is_retryable(error) and not is_timeout(error)


def progress_counter(monitor: TransferMonitor | None) -> FailureCounter:
    """Return a counter that bytes beyond the transfer's high-water mark reset."""
    return FailureCounter(None if monitor is None else lambda: monitor.sent)


def make_retry(policy: RetryPolicy, seconds: float, monitor: TransferMonitor | None = None) -> Retry:
    """Return the client's `Retry` for one call.

    Args:
        seconds: deadline of the call, retries included.
        monitor: the transfer that the call belongs to.
    """
    counter = progress_counter(monitor)
    may_pass = is_retryable if monitor is None else is_retryable_transfer

    def should_retry(error: BaseException) -> bool:
        return may_pass(error) and policy.allows(counter.add())

    return Retry(
        predicate=should_retry,
        initial=policy.base_delay,
        maximum=max(policy.max_delay, policy.base_delay),
        multiplier=policy.factor,
        timeout=max(seconds, 0.001),
    )
