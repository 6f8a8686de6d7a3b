"""yt-dlp, in a process of its own: reads what to fetch as JSON from stdin, and tells on stdout, line by line,
how it goes. Started by `site`; see `docs/decisions/0009-ssrf-protection.md`.

Every connection of this process goes to an address that the guard admits. An audit hook sees each of them,
whatever library opens it, and nothing in the process can take the hook away.

The lines: `{"progress": [bytes, bytes in all or null]}`, and at last `{"file": path}` or
`{"error": name of one of our errors, "cause": …, "remedy": …}`.
"""

import json
import os
import resource
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import IO, Any

from app.core.exceptions import BlockedAddressError, SiteError, VideoMomentsError
from app.core.files.disk_space import ensure_free_space
from app.media.formats import DEMUXERS
from app.services.downloads.partial_file import ensure_allowed
from app.services.downloads.ssrf_guard import REMEDY, SsrfGuard

TELL_EVERY_SECONDS = 0.2
SOCKET_SECONDS = 30
FORMAT = "bestvideo*+bestaudio/best"
FORMAT_ORDER = ["vcodec:h264", "res:1080", "acodec:aac", "ext:mp4:m4a"]
"""What every browser plays first; of that the largest up to 1080 lines (or columns, of an upright film)."""


def main() -> None:
    out = sys.stdout
    sys.stdout = sys.stderr  # what others print is no line of ours
    order = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_DATA, (order["memory"], order["memory"]))
    refused = guard_process(SsrfGuard(map(ip_network, order["allowed"])))
    try:
        verdict: dict[str, Any] = {"file": _fetch(order, out)}
    except VideoMomentsError as raised:
        # yt-dlp counts an error that it does not know, and hides it behind one of its own.
        error = refused[-1] if refused and isinstance(raised, SiteError) else raised
        verdict = {"error": type(error).__name__, "cause": error.cause, "remedy": error.remedy}
    except MemoryError:
        verdict = {"error": SiteError.__name__, "cause": "its answers do not fit in memory", "remedy": None}
    _tell(out, verdict)


def guard_process(guard: SsrfGuard) -> list[VideoMomentsError]:
    """From now on this process reaches nothing that the guard does not admit, and neither does a child.

    Returns:
        What was refused, growing as it happens.
    """
    resolve = socket.getaddrinfo
    refused: list[VideoMomentsError] = []

    def guarded(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        found = resolve(host, port, *args, **kwargs)
        with _noted(refused):
            guard.check(_text(host), int(found[0][4][1]), [str(entry[4][0]) for entry in found])
        return found

    def audit(event: str, args: tuple[Any, ...]) -> None:
        with _noted(refused):
            if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
                _check_peer(guard, args[1])
            elif event == "subprocess.Popen":
                _check_program(args[1])

    socket.getaddrinfo = guarded
    sys.addaudithook(audit)
    return refused


@contextmanager
def _noted(errors: list[VideoMomentsError]) -> Iterator[None]:
    try:
        yield
    except VideoMomentsError as error:
        errors.append(error)
        raise


def _check_peer(guard: SsrfGuard, peer: Any) -> None:
    if peer is not None and not (isinstance(peer, tuple) and guard.may_reach(str(peer[0]))):
        raise BlockedAddressError(f"{peer} may not be reached from here", remedy=REMEDY)


def _check_program(argv: Any) -> None:
    """A program that is given an address would look it up by itself."""
    parts = [argv] if isinstance(argv, (str, bytes)) else list(argv)
    if any("://" in _text(os.fspath(part)) for part in parts):
        raise SiteError(
            "the video can only be fetched by FFmpeg itself, as live streams are, which is not done"
        )


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _fetch(order: Mapping[str, Any], out: IO[str]) -> str:
    """The path of the file."""
    os.environ["YTDLP_NO_PLUGINS"] = "1"
    sys.modules["curl_cffi"] = None  # type: ignore[assignment] # connects without Python's sockets
    import yt_dlp  # noqa: PLC0415 - only now, when nothing gets past the guard any more

    progress = _Progress(out, Path(order["folder"]), order["limit"])
    options = _options(order) | {"progress_hooks": [progress], "match_filter": _ensure_single}
    try:
        with yt_dlp.YoutubeDL(options) as downloader:
            found: Any = downloader.extract_info(order["url"])
    except yt_dlp.utils.YoutubeDLError as error:
        raise SiteError(str(error.msg or error).removeprefix("ERROR: ")) from error
    except OSError as error:
        raise SiteError(f"the site cannot be reached: {error}") from error
    entries: Sequence[Any] = [found] if found and "entries" not in found else list((found or {})["entries"])
    files = [
        file["filepath"] for entry in entries if entry for file in entry.get("requested_downloads") or ()
    ]
    if not files:
        raise SiteError("yt-dlp found no video there")
    return str(files[0])


def _options(order: Mapping[str, Any]) -> dict[str, Any]:
    """https://github.com/yt-dlp/yt-dlp/blob/master/yt_dlp/YoutubeDL.py, under "Available options"."""
    return {
        "format": FORMAT,
        "format_sort": FORMAT_ORDER,
        "merge_output_format": "mp4",
        "outtmpl": {"default": "video.%(ext)s"},
        "paths": {"home": order["folder"], "temp": order["folder"]},
        "ffmpeg_location": order["ffmpeg"],
        "postprocessor_args": _ffmpeg_input_arguments(),
        "external_downloader": {"default": "native"},
        "noplaylist": True,
        "playlist_items": "1:2",  # enough to see that there are several
        "proxy": "",
        "cachedir": False,
        "logger": _Silent(),
        "noprogress": True,
        "color": "never",
        "updatetime": False,
        "socket_timeout": SOCKET_SECONDS,
        "retries": 5,
        "fragment_retries": 5,
        "extractor_retries": 2,
        "skip_unavailable_fragments": False,
    }


def _ffmpeg_input_arguments() -> dict[str, list[str]]:
    """What was downloaded must not make FFmpeg read other files or addresses, as a playlist does.

    yt-dlp takes arguments for FFmpeg's inputs separately for each of its steps.
    """
    from yt_dlp.postprocessor.ffmpeg import FFmpegPostProcessor  # noqa: PLC0415 - see `_fetch`

    safely = ["-protocol_whitelist", "file,pipe", "-format_whitelist", ",".join(sorted(DEMUXERS))]
    steps: list[Any] = [FFmpegPostProcessor]
    for step in steps:
        steps += step.__subclasses__()
    return {f"{step.pp_key()}+ffmpeg_i".lower(): safely for step in steps}


def _ensure_single(info: Mapping[str, Any], *, incomplete: bool = False) -> None:  # noqa: ARG001 - yt-dlp names it
    """Raises:
    SiteError: one of several videos, or a live stream.
    """
    if (info.get("n_entries") or 1) > 1:
        raise SiteError("there are several videos at this address", remedy="give the address of one of them")
    if info.get("live_status") in {"is_live", "is_upcoming"} or info.get("is_live"):
        raise SiteError("it is a live stream that has not ended", remedy="come back when it has")


class _Silent:
    """Takes what yt-dlp would print: its errors are raised as well."""

    def debug(self, message: str) -> None: ...

    def warning(self, message: str) -> None: ...

    def error(self, message: str) -> None: ...


class _Progress:
    """Adds up the parts of a video, which come one after the other, and holds them to the limits."""

    def __init__(self, out: IO[str], folder: Path, limit: int) -> None:
        self._out = out
        self._folder = folder
        self._limit = limit
        self._parts: dict[str, int] = {}
        self._told = 0.0

    def __call__(self, state: Mapping[str, Any]) -> None:
        self._parts[state.get("filename") or ""] = int(state.get("downloaded_bytes") or 0)
        done = sum(self._parts.values())
        total = self._total(state)
        ensure_allowed(max(done, total or 0), self._limit)
        now = time.monotonic()
        if now - self._told >= TELL_EVERY_SECONDS or state.get("status") == "finished":
            self._told = now
            ensure_free_space(self._folder, 0)
            _tell(self._out, {"progress": [done, total]})

    def _total(self, state: Mapping[str, Any]) -> int | None:
        """Of all parts; None as long as one of them does not say."""
        formats = (state.get("info_dict") or {}).get("requested_formats") or ()
        if len(formats) > 1:
            sizes = [part.get("filesize") for part in formats]
            return sum(sizes) if all(sizes) else None
        total = state.get("total_bytes")
        return int(total) if total else None


def _tell(out: IO[str], line: Mapping[str, Any]) -> None:
    try:
        print(json.dumps(line), file=out, flush=True)
    except BrokenPipeError:  # nobody is left to fetch it for
        os._exit(1)
