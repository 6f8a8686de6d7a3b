"""The process in which yt-dlp lists a channel or playlist; started by `listing`.

It reads a JSON request from stdin and writes JSON lines to stdout: `{"video": …}` for each video, and finally
`{"title": …}`, or `{"error": name of one of our errors, "cause": …, "remedy": …}`.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO, Any

from app.core.exceptions import SiteError
from app.services.downloads.yt_dlp_process import (
    SOCKET_TIMEOUT_SECONDS,
    SilentLogger,
    answer_request,
    write_line,
)

MAX_TABS = 4
"""Lists of a channel, such as its videos, shorts and streams, that are read."""
NO_LIST = "use the address of a channel, a playlist or a feed; add a single video with: videomoments add URL"


def main() -> None:
    answer_request(_list)


def _list(request: Mapping[str, Any], out: IO[str]) -> dict[str, Any]:
    os.environ["YTDLP_NO_PLUGINS"] = "1"
    sys.modules["curl_cffi"] = None  # type: ignore[assignment] # bypasses Python's sockets
    import yt_dlp  # noqa: PLC0415 - not before the guard is active

    limit = request["limit"]
    try:
        with yt_dlp.YoutubeDL(_options(limit)) as downloader:
            found = _extract(downloader, request["url"])
            for entry in islice(_entries(downloader, found), limit):
                write_line(out, {"video": _describe(entry)})
    except yt_dlp.utils.YoutubeDLError as error:
        raise SiteError(str(error.msg or error).removeprefix("ERROR: "), remedy=NO_LIST) from error
    except OSError as error:
        raise SiteError(f"the site cannot be reached: {error}", remedy="retry later") from error
    return {"title": found.get("title")}


def _extract(downloader: Any, url: str) -> dict[str, Any]:
    found = downloader.sanitize_info(downloader.extract_info(url, download=False) or {})
    if found.get("_type") not in {"playlist", "multi_video"}:
        raise SiteError("the address is that of a single video", remedy=NO_LIST)
    return dict(found)


def _entries(downloader: Any, found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the videos; a channel whose entries are lists is read one level deeper."""
    tabs = 0
    for entry in found.get("entries") or ():
        if not entry:
            continue
        if entry.get("_type") in {"playlist", "multi_video"}:
            yield from filter(None, entry.get("entries") or ())
        elif str(entry.get("ie_key") or "").endswith(("Tab", "Playlist")):
            tabs += 1
            if tabs <= MAX_TABS:
                yield from (
                    inner for inner in _extract(downloader, entry["url"]).get("entries") or () if inner
                )
        else:
            yield entry


def _describe(entry: Mapping[str, Any]) -> dict[str, Any]:
    status = entry.get("live_status")
    published = entry.get("release_timestamp") or entry.get("timestamp")
    return {
        "url": str(entry.get("url") or entry.get("webpage_url") or ""),
        "title": entry.get("title") and str(entry["title"]),
        "published_at": float(published) if isinstance(published, (int, float)) else None,
        "duration_seconds": _number(entry.get("duration")),
        "is_upcoming": status in {"is_live", "is_upcoming"},
        "unusable": _reason(entry.get("availability")),
    }


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _reason(availability: object) -> str | None:
    restricted = {"private", "premium_only", "subscriber_only", "needs_auth"}
    return f"not public ({str(availability).replace('_', ' ')})" if availability in restricted else None


def _options(limit: int) -> dict[str, Any]:
    """Return the options of https://github.com/yt-dlp/yt-dlp/blob/master/yt_dlp/YoutubeDL.py."""
    return {
        "extract_flat": "in_playlist",
        "playlist_items": f"1:{limit}",
        "skip_download": True,
        "extractor_args": {"youtubetab": {"approximate_date": [""]}},
        "proxy": "",
        "cachedir": False,
        "logger": SilentLogger(),
        "noprogress": True,
        "color": "never",
        "socket_timeout": SOCKET_TIMEOUT_SECONDS,
        "extractor_retries": 2,
    }
