"""Limits and environment of the processes that read untrusted media.

A file decides how much memory, time and disk space its decoder needs, so every process is bounded.
"""

import math
import os
import re
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from app.core.config import Settings
from app.core.exceptions import MediaLimitError

MIB = 1024**2
DEFAULT_MEMORY_BYTES = 2048 * MIB

MAX_DECODER_THREADS = 4
"""Decoders hold up to 130 MB per thread for 8K video.

Peak address space with FFmpeg 9.0 and 4 decoder threads, in MiB (180 for the program alone):

                    thumbnail   clip
    1080p H.264           407   1,193 (16 encoder threads)
    4K HEVC               644   1,330 (16)
    8K ProRes           1,144   1,844 (16)
    8K AV1              1,166   1,867 (16)
    8K HEVC, 10 bits    1,442   2,172 (16; hence fewer for large pictures)
    8K HEVC, HDR        1,513   1,834 (4)
"""

MAX_OPEN_FILES = 256
_FILE_BLOCK_BYTES = 512
"""Unit of the shell's `ulimit -f`."""

_VARIABLES = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
NETWORK_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
PROXY_VARIABLES = ("http_proxy", "no_proxy")
"""The ones that FFmpeg reads. They may contain a password, so only a process that opens a URL gets them."""

PYTHON_VARIABLES = ("PYTHONHOME", "PYTHONPATH")

# The shell applies the limits and becomes the program. Python could only use `preexec_fn`, which is unsafe in
# a multi-threaded process, or set the limits after the program has started. The shell costs 0.8 ms per
# process, a wrapper in Python 13 ms. `trap` turns SIGXFSZ into a write error, which FFmpeg reports. If memory
# runs out, the kernel kills a process with a high `oom_score_adj` first.
_SCRIPT = """trap '' XFSZ
{ echo 500 > /proc/self/oom_score_adj; } 2>/dev/null
ulimit -c 0; ulimit -n "$1"; ulimit -t "$2"; ulimit -f "$3"
[ "$4" = - ] || ulimit -v "$4" 2>/dev/null
[ "$5" = 0 ] || renice -n "$5" -p $$ >/dev/null 2>&1
shift 5; exec "$@"
"""
_NO_SYSTEM_FONTS = Path(__file__).with_name("fonts") / "fonts.conf"
"""Configuration of libass and others that names no folder, so that captions look the same everywhere."""

_NOT_STARTED = {126, 127}
"""Exit codes of a shell whose `exec` failed."""

LOWEST_PRIORITY = 19
"""Niceness that leaves the processor to every other process."""

_niceness: ContextVar[int] = ContextVar("niceness", default=0)

_PICTURE_TOO_LARGE = re.compile(rb"Picture size (\d+)x(\d+) exceeds specified max pixel count")
_OUT_OF_MEMORY = re.compile(
    rb"Cannot allocate memory|Could not allocate memory|[Oo]ut of memory|malloc of size \d+ failed"
)
_NO_BUFFER = re.compile(rb"get_buffer\(\) failed")
_INVALID_PICTURE = b"image parameters invalid"
"""FFmpeg's reason for the same message if the picture is not too large."""


@contextmanager
def low_priority(niceness: int = LOWEST_PRIORITY) -> Iterator[None]:
    """Start the processes of this context, in this block, with this niceness; 19 is the lowest priority."""
    token = _niceness.set(niceness)
    try:
        yield
    finally:
        _niceness.reset(token)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessLimits:
    """Limits of one process; the defaults suit programs that write no file.

    Attributes:
        memory_bytes: address space (`RLIMIT_AS`), None for no limit. macOS does not enforce it.
        file_bytes: size of each file that the process writes (`RLIMIT_FSIZE`).
        variables: environment variables that are passed on in addition to the ones every process gets.
        assigned: further variables with their values.
    """

    memory_bytes: int | None = DEFAULT_MEMORY_BYTES
    file_bytes: int = 0
    variables: tuple[str, ...] = ()
    assigned: tuple[tuple[str, str], ...] = ()

    def command(self, argv: Sequence[str | Path], *, timeout: float) -> list[str]:
        """Return the command that starts `argv` with these limits, or the caller's own lower ones."""
        values = [
            _at_most(resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
            # Ends the program even if this process was killed and cannot stop it after the timeout.
            _at_most(resource.RLIMIT_CPU, math.ceil(timeout * (os.cpu_count() or 1)) + 1),
            math.ceil(_at_most(resource.RLIMIT_FSIZE, self.file_bytes) / _FILE_BLOCK_BYTES),
            "-" if self.memory_bytes is None else _at_most(resource.RLIMIT_AS, self.memory_bytes) // 1024,
            _niceness.get(),
        ]
        return ["/bin/sh", "-c", _SCRIPT, "sh", *map(str, values), *(str(part) for part in argv)]

    def environment(self) -> dict[str, str]:
        """Return the process's environment, without passwords, keys and tokens of this process."""
        names = (*_VARIABLES, *self.variables)
        passed = {name: os.environ[name] for name in names if name in os.environ}
        # Each arena of the GNU allocator reserves 64 MiB of the address space, one per thread by default.
        return passed | {"MALLOC_ARENA_MAX": "2"} | dict(self.assigned)

    def is_own_file_limit(self) -> bool:
        """Return whether `file_bytes` is lower than the limit of this process (`ulimit -f`)."""
        return _at_most(resource.RLIMIT_FSIZE, self.file_bytes) == self.file_bytes


def media_limits(
    settings: Settings, *, file_bytes: int = 0, variables: tuple[str, ...] = ()
) -> ProcessLimits:
    """Return the limits of one run of FFmpeg or ffprobe."""
    memory = settings.media_memory_limit_mib * MIB
    return ProcessLimits(
        memory_bytes=memory,
        file_bytes=file_bytes,
        variables=variables,
        assigned=(("FONTCONFIG_FILE", os.fspath(_NO_SYSTEM_FONTS)),),
    )


def decoder_threads() -> int:
    return min(os.cpu_count() or 1, MAX_DECODER_THREADS)


def decoder_args(max_pixels: int, *, threads: int) -> list[str]:
    """Return the arguments before an input that limit what its decoders use."""
    return ["-max_pixels", str(max_pixels), "-threads", str(threads)]


def start_error(returncode: int, stderr: bytes) -> str | None:
    """Return why the shell could not start the program; None if it was started."""
    text = stderr.decode("utf-8", "replace").strip()
    if returncode not in _NOT_STARTED or not text.startswith(("sh:", "/bin/sh:", "setpriv:")):
        return None
    return text.rpartition(": ")[2]


def is_out_of_memory(stderr: bytes) -> bool:
    """Return whether FFmpeg lacks memory. It may then repeat the failing call until its timeout."""
    return _OUT_OF_MEMORY.search(stderr) is not None


def limit_error(stderr: bytes, name: str, settings: Settings) -> MediaLimitError | None:
    """Return the error if a failed process exceeded the limit on pixels or memory; None for other causes."""
    if picture := _PICTURE_TOO_LARGE.search(stderr):
        return picture_error(name, int(picture[1]), int(picture[2]), settings.media_max_pixels)
    no_buffer = _NO_BUFFER.search(stderr) and _INVALID_PICTURE not in stderr
    if no_buffer or is_out_of_memory(stderr):
        return MediaLimitError(
            f"{name} needs more than {settings.media_memory_limit_mib} MiB of memory to be read",
            remedy="raise MEDIA_MEMORY_LIMIT_MIB, or replace it with a copy of lower resolution",
        )
    return None


def picture_error(name: str, width: int, height: int, max_pixels: int) -> MediaLimitError:
    return MediaLimitError(
        f"{name} has pictures of {width}x{height} = {width * height} pixels; the limit is {max_pixels}",
        remedy="replace it with a copy of lower resolution, or raise MEDIA_MAX_PIXELS",
    )


def _at_most(limit: int, value: int) -> int:
    """Return `value`, or the lower limit that this process has itself."""
    own = resource.getrlimit(limit)[0]
    return value if own == resource.RLIM_INFINITY else min(own, value)
