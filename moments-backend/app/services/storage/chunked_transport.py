"""HTTP transport for Cloud Storage transfers with progress, deadline and cancellation.

The official client passes a whole chunk to the socket in one call: one timeout covers 8 MiB at any line
speed, with no progress and no way to stop. This adapter sends the same chunk in small blocks; the timeout
applies to each block, and progress and cancellation are handled between them.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from app.core.exceptions import CancelledByUserError, UploadStalledError
from app.services.storage.request_metrics import measured_send

BLOCK_SIZE = 256 * 1024
_POLL_SECONDS = 0.2
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/")

ProgressCallback = Callable[[int, int], None]
"""`(bytes_sent, total_bytes)`."""


class TransferMonitor:
    """Progress, deadline and cancellation of one transfer; used by one worker thread.

    Args:
        deadline_seconds: limit for the whole transfer, retries included, counted from `start()`.
        stopped: shared flag that ends all transfers.
        progress: called at each new high-water mark.
    """

    def __init__(
        self,
        deadline_seconds: float,
        stopped: threading.Event,
        progress: ProgressCallback | None = None,
    ) -> None:
        self.total = 0
        self.sent = 0
        self._deadline: float | None = None
        self._deadline_seconds = deadline_seconds
        self._stopped = stopped
        self._cancelled = threading.Event()
        self._progress = progress
        self._response: Response | None = None

    def cancel(self) -> None:
        """Cancel from any thread: an upload ends at its next block, a download immediately."""
        self._cancelled.set()
        response = self._response
        if response is not None:
            with suppress(OSError, RuntimeError, ValueError):  # the response has just ended
                response.raw.shutdown()

    def attach(self, response: Response) -> None:
        """Let `cancel` interrupt reads from this response."""
        self._response = response
        self.check()

    def sleep(self, seconds: float) -> None:
        """Sleep until `seconds` have passed or `check` raises."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            self._cancelled.wait(min(left, _POLL_SECONDS))
        self.check()

    def start(self, total: int) -> None:
        """Start the deadline of a transfer of `total` bytes."""
        self.total = total
        self._deadline = time.monotonic() + self._deadline_seconds

    @property
    def seconds_left(self) -> float:
        """The time until the deadline; queueing before `start()` does not count."""
        return self._deadline_seconds if self._deadline is None else self._deadline - time.monotonic()

    def check(self) -> None:
        """Raise if the transfer must end.

        Raises:
            CancelledByUserError: it was cancelled or stopped.
            UploadStalledError: its deadline has passed.
        """
        if self._stopped.is_set() or self._cancelled.is_set():
            raise CancelledByUserError("the transfer was stopped before it was complete")
        if self.seconds_left <= 0:
            raise UploadStalledError(
                f"not complete after {self._deadline_seconds:g} s ({self.sent} of {self.total} bytes)",
                remedy="raise GCS_UPLOAD_TIMEOUT_SECONDS for a slow connection",
            )

    def advance(self, position: int) -> None:
        """Record that the bytes before `position` were transferred."""
        position = min(position, self.total)
        if position > self.sent:
            self.sent = position
            if self._progress is not None:
                self._progress(position, self.total)


_current: ContextVar[TransferMonitor | None] = ContextVar("transfer_monitor", default=None)


@contextmanager
def monitored(monitor: TransferMonitor) -> Iterator[None]:
    """Apply `monitor` to the requests that this thread sends inside the block."""
    token = _current.set(monitor)
    try:
        yield
    finally:
        _current.reset(token)


class _Blocks:
    """The body of one request, as blocks."""

    def __init__(self, body: bytes, offset: int, monitor: TransferMonitor) -> None:
        self._body = memoryview(body)
        self._offset = offset
        self._monitor = monitor

    def __iter__(self) -> Iterator[memoryview]:
        for start in range(0, len(self._body), BLOCK_SIZE):
            self._monitor.check()
            block = self._body[start : start + BLOCK_SIZE]
            yield block
            self._monitor.advance(self._offset + start + len(block))


class ChunkedAdapter(HTTPAdapter):
    """Sends long bodies in blocks; pools one connection for each thread."""

    def __init__(self, connections: int) -> None:
        super().__init__(pool_connections=4, pool_maxsize=connections)

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        return measured_send(lambda: self._send(request, *args, **kwargs), request)

    def _send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        monitor = _current.get()
        if monitor is None:
            return super().send(request, *args, **kwargs)
        monitor.check()
        if request.method == "GET":
            response = super().send(request, *args, **kwargs)
            try:
                monitor.attach(response)
            except BaseException:
                response.close()
                raise
            return response
        offset = _offset(request)
        if offset is None or not isinstance(request.body, bytes):
            return super().send(request, *args, **kwargs)
        request.body = _Blocks(request.body, offset, monitor)  # type: ignore[assignment]
        response = super().send(request, *args, **kwargs)
        if not response.is_redirect:
            # Free the chunk: the client keeps the response and its request while it reads the next chunk.
            request.body = None
        return response


def _offset(request: PreparedRequest) -> int | None:
    """Return the file offset of this request's body; None for other requests."""
    if content_range := _CONTENT_RANGE.match(_header(request, "Content-Range")):
        return int(content_range.group(1))
    return None


def _header(request: PreparedRequest, name: str) -> str:
    value = request.headers.get(name, "")
    return value.decode("latin-1") if isinstance(value, bytes) else value
