"""The process in which feedparser reads a feed; started by `feeds`.

Parsing 10,000 entries takes seconds and would stop the other work of a worker. The process has no network: an
audit hook refuses every connection. It reads a line of JSON and the bytes of the feed from stdin, and writes
JSON lines to stdout: `{"video": …}` for each entry, and finally `{"title": …, "version": …}`.
"""

import calendar
import io
import json
import sys
from collections.abc import Iterator, Mapping
from typing import IO, Any
from urllib.parse import urlsplit

from app.core.files.content_types import is_video_name

MAX_ENTRIES = 20_000


def main() -> None:
    out = sys.stdout
    sys.stdout = sys.stderr  # keeps the output of libraries apart from our lines
    sys.addaudithook(_refuse_network)
    request = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    _write(out, _parse(content, request["url"], out))


def _refuse_network(event: str, _args: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen"}:
        raise PermissionError("the parser of feeds has no network")


def _parse(content: bytes, url: str, out: IO[str]) -> dict[str, Any]:
    import feedparser  # noqa: PLC0415 - not before the hook is active

    parsed = feedparser.parse(
        io.BytesIO(content),
        response_headers={"content-location": url},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    version = parsed.get("version")
    for entry in parsed.get("entries", ())[: MAX_ENTRIES if version else 0]:
        if described := _describe(entry):
            _write(out, {"video": described})
    return {"title": parsed.get("feed", {}).get("title"), "version": version or ""}


def _describe(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    files = list(_files(entry))
    video = next((file for file in files if _is_video(file)), None)
    link = entry.get("link")
    unusable = None
    if video is not None:
        link = video["url"]
    elif any(str(file.get("type") or "").startswith("audio/") for file in files):
        unusable, link = "contains only audio", link or files[0]["url"]
    if not link:
        return None
    published = entry.get("published_parsed") or entry.get("updated_parsed")
    return {
        "url": str(link),
        "title": entry.get("title") and str(entry["title"]),
        "published_at": float(calendar.timegm(published)) if published else None,
        "duration_seconds": _seconds(entry.get("itunes_duration") or (video or {}).get("duration")),
        "unusable": unusable,
    }


def _files(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the files of an entry, with `url` and mostly `type`."""
    for enclosure in entry.get("enclosures") or ():
        if enclosure.get("href"):
            yield {"url": enclosure["href"], "type": enclosure.get("type")}
    for media in entry.get("media_content") or ():
        if media.get("url"):
            yield media


def _is_video(file: Mapping[str, Any]) -> bool:
    kind = str(file.get("type") or "")
    if kind.startswith(("audio/", "image/", "text/")) or kind == "application/x-shockwave-flash":
        return False
    try:
        name = urlsplit(str(file["url"])).path.rpartition("/")[2]
    except ValueError:
        return False
    return kind.startswith("video/") or is_video_name(name)


def _seconds(text: object) -> float | None:
    """Return seconds of `3600`, `60:00` and `1:00:00`."""
    seconds = 0.0
    try:
        for part in str(text or "").split(":"):
            seconds = seconds * 60 + float(part)
    except ValueError:
        return None
    return seconds if 0 < seconds < 10**7 else None


def _write(out: IO[str], line: Mapping[str, Any]) -> None:
    print(json.dumps(line), file=out, flush=False)


if __name__ == "__main__":
    main()
