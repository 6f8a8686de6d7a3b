"""How bytes leave for Cloud Storage: in blocks, so that a transfer can be watched and stopped. And how the
wait for bytes that come from there can be ended.

The official client hands a whole chunk to the socket in one call. One timeout then covers 8 MiB on whatever
line there is, nothing can be said of progress meanwhile, and nothing can stop it. This adapter passes the
same chunk on in small blocks: each has the timeout to itself, is reported, and may be the last one.
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

BLOCK_SIZE = 128 * 1024
_LOOK_SECONDS = 0.2
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/")

ProgressCallback = Callable[[int, int], None]
"""`(bytes_sent, total_bytes)`."""


class TransferMonitor:
    """One transfer's progress, deadline and stop flag; used by one worker thread.

    Args:
        deadline_seconds: for the whole transfer from `begin()` on, repetitions included.
        stopped: set by whoever wants the transfer to end.
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
        self._answer: Response | None = None

    def cancel(self) -> None:
        """End this transfer: what is sent at its next block, what is received at once; from any thread."""
        self._cancelled.set()
        answer = self._answer
        if answer is not None:
            with suppress(OSError, RuntimeError, ValueError):  # it has just come to its end
                answer.raw.shutdown()

    def receive(self, answer: Response) -> None:
        """The thread will wait for bytes of this answer from now on, and `cancel` is to end that."""
        self._answer = answer
        self.check()

    def sleep(self, seconds: float) -> None:
        """Raises:
        CancelledByUserError, UploadStalledError: see `check`.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            self._cancelled.wait(min(left, _LOOK_SECONDS))
        self.check()

    def begin(self, total: int) -> None:
        """From now on its time runs. `total` is the bytes to send."""
        self.total = total
        self._deadline = time.monotonic() + self._deadline_seconds

    @property
    def seconds_left(self) -> float:
        """All of them before `begin()`: waiting for a turn costs a transfer nothing."""
        return self._deadline_seconds if self._deadline is None else self._deadline - time.monotonic()

    def check(self) -> None:
        """Raises:
        CancelledByUserError: the transfer is to stop.
        UploadStalledError: its time is up.
        """
        if self._stopped.is_set() or self._cancelled.is_set():
            raise CancelledByUserError("the transfer was stopped before it was complete")
        if self.seconds_left <= 0:
            raise UploadStalledError(
                f"not complete after {self._deadline_seconds:g} s ({self.sent} of {self.total} bytes)",
                remedy="raise GCS_UPLOAD_TIMEOUT_SECONDS for a slow line",
            )

    def advance(self, position: int) -> None:
        """The bytes before `position` have been handed to the connection."""
        position = min(position, self.total)
        if position > self.sent:
            self.sent = position
            if self._progress is not None:
                self._progress(position, self.total)


_watch: ContextVar[TransferMonitor | None] = ContextVar("transfer_watch", default=None)


@contextmanager
def monitored(watch: TransferMonitor) -> Iterator[None]:
    """What this thread sends inside the block is reported to `watch`, and stopped by it."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


class _Blocks:
    """The body of one request, as blocks."""

    def __init__(self, body: bytes, offset: int, watch: TransferMonitor) -> None:
        self._body = memoryview(body)
        self._offset = offset
        self._watch = watch

    def __iter__(self) -> Iterator[memoryview]:
        for start in range(0, len(self._body), BLOCK_SIZE):
            self._watch.check()
            block = self._body[start : start + BLOCK_SIZE]
            yield block
            self._watch.advance(self._offset + start + len(block))


class ChunkedAdapter(HTTPAdapter):
    """Sends long bodies in blocks, and keeps as many connections as there are threads."""

    def __init__(self, connections: int) -> None:
        super().__init__(pool_connections=4, pool_maxsize=connections)

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        watch = _watch.get()
        if watch is None:
            return super().send(request, *args, **kwargs)
        watch.check()
        if request.method == "GET":
            answer = super().send(request, *args, **kwargs)
            try:
                watch.receive(answer)
            except BaseException:
                answer.close()
                raise
            return answer
        offset = _offset(request)
        if offset is None or not isinstance(request.body, bytes):
            return super().send(request, *args, **kwargs)
        request.body = _Blocks(request.body, offset, watch)  # type: ignore[assignment]
        answer = super().send(request, *args, **kwargs)
        if not answer.is_redirect:
            # The client keeps an answer, and that its request, while the next chunk is read and sent.
            request.body = None
        return answer


def _offset(request: PreparedRequest) -> int | None:
    """Where in the file this request's body begins; None when it carries no part of a file."""
    if content_range := _CONTENT_RANGE.match(_header(request, "Content-Range")):
        return int(content_range.group(1))
    if _header(request, "Content-Type").startswith("multipart/related"):
        return 0  # a whole small file, behind a few hundred bytes on what it is called
    return None


def _header(request: PreparedRequest, name: str) -> str:
    value = request.headers.get(name, "")
    return value.decode("latin-1") if isinstance(value, bytes) else value
