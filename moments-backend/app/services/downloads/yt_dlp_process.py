"""The process in which yt-dlp runs; started by `yt_dlp`, see `docs/decisions/0009-ssrf-protection.md`.

It reads a JSON request from stdin and writes JSON lines to stdout: `{"progress": [bytes, total or null]}`,
and finally `{"file": path, "site": metadata}`, or `{"error": name of one of our errors, "cause": …,
"remedy": …}`.

An audit hook checks every connection of this process, whichever library opens it, and cannot be removed.
"""

import errno
import json
import os
import re
import resource
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_network
from pathlib import Path
from typing import IO, Any

from app.core.exceptions import BlockedAddressError, SiteError, VideoMomentsError
from app.core.files.disk_space import ensure_free_space
from app.media.formats import DEMUXERS
from app.services.downloads.limits import ensure_allowed, too_large
from app.services.downloads.ssrf_guard import REMEDY, SsrfGuard
from app.services.downloads.yt_dlp_messages import readable_cause

PROGRESS_INTERVAL_SECONDS = 0.2
SOCKET_TIMEOUT_SECONDS = 30
FORMAT = "bestvideo*+bestaudio/best"
FORMAT_ORDER = ["vcodec:h264", "res:1080", "acodec:aac", "ext:mp4:m4a"]
"""Codecs that every browser plays come first, then the largest resolution up to 1080p (the shorter side)."""
EXTRAS_NAME = "extras.%(ext)s"
MAX_CAPTIONS = 20
"""Languages of captions to download; some talks have more than a hundred."""


def main() -> None:
    answer_request(_fetch)


def answer_request(work: Callable[[Mapping[str, Any], IO[str]], dict[str, Any]]) -> None:
    """Read the request from stdin, guard this process, and write the result of `work` or its error.

    Args:
        work: receives the request and the file for lines of progress.
    """
    out = sys.stdout
    sys.stdout = sys.stderr  # keeps the output of libraries apart from our lines
    request = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_DATA, (request["memory"], request["memory"]))
    blocked = guard_process(SsrfGuard(map(ip_network, request["allowed"])))
    try:
        result = work(request, out)
    except VideoMomentsError as raised:
        # yt-dlp replaces our error by one of its own.
        error = blocked[-1] if blocked and isinstance(raised, SiteError) else raised
        result = {"error": type(error).__name__, "cause": error.cause, "remedy": error.remedy}
    except MemoryError:
        result = {
            "error": SiteError.__name__,
            "cause": "the site's responses do not fit in memory",
            "remedy": None,
        }
    write_line(out, result)


def guard_process(guard: SsrfGuard) -> list[VideoMomentsError]:
    """Restrict all connections of this process to addresses that the guard allows, permanently.

    Returns:
        The errors raised for blocked operations; grows while the process runs.
    """
    resolve = socket.getaddrinfo
    blocked: list[VideoMomentsError] = []

    def guarded(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        found = resolve(host, port, *args, **kwargs)
        with _recorded(blocked):
            guard.check(_text(host), int(found[0][4][1]), [str(entry[4][0]) for entry in found])
        return found

    def audit(event: str, args: tuple[Any, ...]) -> None:
        with _recorded(blocked):
            if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
                _check_peer(guard, args[1])
            elif event == "subprocess.Popen":
                _check_program(args[1])

    socket.getaddrinfo = guarded
    sys.addaudithook(audit)
    return blocked


@contextmanager
def _recorded(errors: list[VideoMomentsError]) -> Iterator[None]:
    try:
        yield
    except VideoMomentsError as error:
        errors.append(error)
        raise


def _check_peer(guard: SsrfGuard, peer: Any) -> None:
    if peer is not None and not (isinstance(peer, tuple) and guard.may_reach(str(peer[0]))):
        raise BlockedAddressError(f"connections to {peer} are blocked", remedy=REMEDY)


def _check_program(argv: Any) -> None:
    """Block programs with a URL among their arguments, which would bypass the guard."""
    parts = [argv] if isinstance(argv, (str, bytes)) else list(argv)
    if any("://" in _text(os.fspath(part)) for part in parts):
        raise SiteError(
            "the video can only be downloaded by FFmpeg, like live streams; this is not supported"
        )


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@contextmanager
def _mapped_errors(limit: int) -> Iterator[None]:
    import yt_dlp  # noqa: PLC0415 - see `_fetch`

    try:
        yield
    except yt_dlp.utils.YoutubeDLError as error:
        if os.strerror(errno.EFBIG) in str(error):  # the limit on the size of files (`RLIMIT_FSIZE`)
            raise too_large(limit) from error
        raise SiteError(readable_cause(str(error.msg or error))) from error
    except OSError as error:
        raise SiteError(f"the site cannot be reached: {error}") from error


def _fetch(request: Mapping[str, Any], out: IO[str]) -> dict[str, Any]:
    """Return the path of the video (`file`) and its metadata (`site`)."""
    os.environ["YTDLP_NO_PLUGINS"] = "1"
    sys.modules["curl_cffi"] = None  # type: ignore[assignment] # bypasses Python's sockets
    import yt_dlp  # noqa: PLC0415 - not before the guard is active

    progress = _Progress(out, Path(request["folder"]), request["limit"])
    options = _options(request)
    hooks = {"progress_hooks": [progress], "match_filter": _ensure_single}
    with _mapped_errors(request["limit"]), yt_dlp.YoutubeDL(options | hooks) as downloader:
        found: Any = downloader.extract_info(request["url"])
        found = downloader.sanitize_info(found)
    entries: Sequence[Any] = [found] if found and "entries" not in found else list((found or {})["entries"])
    for entry in entries:
        for file in (entry or {}).get("requested_downloads") or ():
            return {"file": str(file["filepath"]), "site": _describe(_with_extras(entry, options))}
    raise SiteError("yt-dlp found no video")


def _with_extras(entry: Mapping[str, Any], options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Download captions and thumbnail; whatever cannot be downloaded is omitted.

    A step of its own, because yt-dlp would fail the whole video for one missing caption file.
    """
    import yt_dlp  # noqa: PLC0415 - see `_fetch`

    captions = _select_captions(entry)
    if not captions and not entry.get("thumbnails"):
        return entry
    extras = {
        "skip_download": True,
        "ignoreerrors": True,
        "writethumbnail": True,
        "writesubtitles": bool(captions),
        "subtitleslangs": [re.escape(language) for language in captions],
        "subtitlesformat": "vtt/srt",
        "outtmpl": {"default": EXTRAS_NAME},
    }
    kept = {name: value for name, value in entry.items() if name != "requested_downloads"}
    with suppress(Exception), yt_dlp.YoutubeDL({**options, **extras}) as downloader:
        return dict(downloader.process_ie_result(kept, download=True) or entry)
    return entry


def _select_captions(entry: Mapping[str, Any]) -> list[str]:
    """Return the languages of captions written by people, the video's own one first."""
    found = entry.get("subtitles") or {}
    languages = [language for language in found if language != "live_chat"]
    spoken = str(entry.get("language") or "")
    languages.sort(key=lambda language: (language != spoken, not language.startswith("en"), language))
    return languages[:MAX_CAPTIONS]


def _describe(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `SiteMetadata.parse` reads.

    https://github.com/yt-dlp/yt-dlp#output-template describes the fields.
    """
    subtitles = (info.get("requested_subtitles") or {}).items()
    thumbnails = [picture.get("filepath") for picture in info.get("thumbnails") or ()]
    return {
        "title": info.get("title"),
        "description": info.get("description"),
        "channel": _first(info, "channel", "uploader", "creator", "artist"),
        "published_at": _first(info, "release_timestamp", "timestamp", "release_date", "upload_date"),
        "chapters": [
            {name: chapter.get(name) for name in ("start_time", "end_time", "title")}
            for chapter in info.get("chapters") or ()
        ],
        "thumbnail": next((path for path in reversed(thumbnails) if path), None),
        "captions": {language: found["filepath"] for language, found in subtitles if found.get("filepath")},
    }


def _first(info: Mapping[str, Any], *names: str) -> Any:
    return next((info[name] for name in names if info.get(name)), None)


def _options(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of https://github.com/yt-dlp/yt-dlp/blob/master/yt_dlp/YoutubeDL.py."""
    return {
        "format": FORMAT,
        "format_sort": FORMAT_ORDER,
        "merge_output_format": "mp4",
        "outtmpl": {"default": "video.%(ext)s"},
        "paths": {"home": request["folder"], "temp": request["folder"]},
        "ffmpeg_location": request["ffmpeg"],
        "postprocessor_args": _ffmpeg_input_arguments(request["decoder"]),
        "external_downloader": {"default": "native"},
        "noplaylist": True,
        "playlist_items": "1:2",  # enough to detect several videos
        "proxy": "",
        "cachedir": False,
        "logger": SilentLogger(),
        "noprogress": True,
        "color": "never",
        "updatetime": False,
        "socket_timeout": SOCKET_TIMEOUT_SECONDS,
        "retries": 5,
        "fragment_retries": 5,
        "extractor_retries": 2,
        "skip_unavailable_fragments": False,
    }


def _ffmpeg_input_arguments(decoder: Sequence[str]) -> dict[str, list[str]]:
    """Return input arguments that limit FFmpeg and keep it from opening other files, as a playlist would.

    yt-dlp takes these arguments separately for each of its postprocessors.
    """
    from yt_dlp.postprocessor.ffmpeg import FFmpegPostProcessor  # noqa: PLC0415 - see `_fetch`

    safe = ["-protocol_whitelist", "file,pipe", "-format_whitelist", ",".join(sorted(DEMUXERS))]
    safe += decoder
    steps: list[Any] = [FFmpegPostProcessor]
    for step in steps:
        steps += step.__subclasses__()
    return {f"{step.pp_key()}+ffmpeg_i".lower(): safe for step in steps}


def _ensure_single(info: Mapping[str, Any], *, incomplete: bool = False) -> None:  # noqa: ARG001 - yt-dlp names it
    """Raise `SiteError` for several videos or a live stream."""
    if (info.get("n_entries") or 1) > 1:
        raise SiteError("the URL contains several videos", remedy="use the URL of one of them")
    if info.get("live_status") in {"is_live", "is_upcoming"} or info.get("is_live"):
        raise SiteError("the video is a live stream that has not ended", remedy="retry after its end")


class SilentLogger:
    """Discards the output of yt-dlp, whose errors are raised as well."""

    def debug(self, message: str) -> None: ...

    def warning(self, message: str) -> None: ...

    def error(self, message: str) -> None: ...


class _Progress:
    """Progress hook: sums up the parts of a video and checks the limits."""

    def __init__(self, out: IO[str], folder: Path, limit: int) -> None:
        self._out = out
        self._folder = folder
        self._limit = limit
        self._parts: dict[str, int] = {}
        self._reported_at = 0.0

    def __call__(self, state: Mapping[str, Any]) -> None:
        self._parts[state.get("filename") or ""] = int(state.get("downloaded_bytes") or 0)
        done = sum(self._parts.values())
        total = self._total(state)
        ensure_allowed(max(done, total or 0), self._limit)
        now = time.monotonic()
        if now - self._reported_at >= PROGRESS_INTERVAL_SECONDS or state.get("status") == "finished":
            self._reported_at = now
            ensure_free_space(self._folder, 0)
            write_line(self._out, {"progress": [done, total]})

    def _total(self, state: Mapping[str, Any]) -> int | None:
        """Return the size of all parts; None if one is unknown."""
        formats = (state.get("info_dict") or {}).get("requested_formats") or ()
        if len(formats) > 1:
            sizes = [part.get("filesize") for part in formats]
            return sum(sizes) if all(sizes) else None
        total = state.get("total_bytes")
        return int(total) if total else None


def write_line(out: IO[str], line: Mapping[str, Any]) -> None:
    try:
        print(json.dumps(line), file=out, flush=True)
    except BrokenPipeError:  # the parent process has exited
        os._exit(1)
