"""The bytes of an upload and their digest, from one read of the file."""

import threading
from types import TracebackType
from typing import BinaryIO, Self

from app.services.storage.checksums import Digest, Digester, StableFile
from app.services.storage.chunked_transport import TransferMonitor

LEAD_BYTES = 64 * 1024 * 1024
"""Longest lead of hashing over sending. Within it, the page cache still holds the bytes, so that a slow
upload does not read the file from the disk twice."""

_POLL_SECONDS = 0.05


class MemoryContent:
    """A file that is sent in one request, and therefore fits into memory."""

    def __init__(self, file: StableFile, monitor: TransferMonitor) -> None:
        monitor.check()
        self.bytes = file.read_all()
        digester = Digester()
        digester.update(self.bytes)
        self._digest = digester.digest()

    def digest(self) -> Digest:
        return self._digest


class StreamedContent:
    """A long file, hashed in a thread of its own while it is sent.

    Hashing takes as long as sending to a server on the same machine, so that one after the other would take
    twice the time.
    """

    def __init__(self, file: StableFile, monitor: TransferMonitor) -> None:
        self._file = file
        self._monitor = monitor
        self._digester = Digester()
        self._error: BaseException | None = None
        self._wanted = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upload-digest")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._wanted.set()
        self._thread.join()

    @property
    def stream(self) -> BinaryIO:
        return self._file.stream

    def digest(self) -> Digest:
        """Return the digest; blocks until the file is hashed.

        Raises:
            LocalFileError, CancelledByUserError: the file changed, cannot be read, or the upload was stopped.
        """
        self._wanted.set()
        self._thread.join()
        if self._error is not None:
            raise self._error
        self._file.ensure_unchanged()
        return self._digester.digest()

    def _run(self) -> None:
        try:
            self._hash()
        except BaseException as error:  # noqa: BLE001 - raised by `digest` in the thread of the caller
            self._error = error

    def _hash(self) -> None:
        position = 0
        while not self._stopped.is_set():
            self._monitor.check()
            if position - self._monitor.sent > LEAD_BYTES and not self._wanted.wait(_POLL_SECONDS):
                continue
            block = self._file.read_at(position)
            if not block:
                break
            self._digester.update(block)
            position += len(block)
