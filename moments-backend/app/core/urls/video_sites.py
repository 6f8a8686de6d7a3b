"""Video sites whose URLs contain an id of the video."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs


@dataclass(frozen=True, slots=True)
class SiteVideo:
    """One video of a site: the site's case-sensitive id and the canonical URL."""

    site: str
    site_id: str
    url: str

    @property
    def video_id(self) -> str:
        return f"{self.site}-{self.site_id}"


_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # eleven characters today, without a guarantee
_YOUTUBE_PATH = re.compile(r"/(?:shorts|embed|live|v|e)/(?!videoseries\b)([A-Za-z0-9_-]{1,64})/?")
_VIMEO_PATH = re.compile(
    r"/(?:video/|channels/[^/]+/|groups/[^/]+/videos/|ondemand/[^/]+/)?(\d{1,64})(?:/([0-9a-f]+))?/?"
)
_VIMEO_HASH = re.compile(r"[0-9a-f]+")
_DAILYMOTION_PATH = re.compile(r"/(?:embed/)?video/([A-Za-z0-9]{1,64})(?:_[^/]*)?/?")
_TWITCH_PATH = re.compile(r"/videos/(\d{1,64})/?")


def site_video(url: SplitResult) -> SiteVideo | None:
    """Return the video of an http(s) URL with a lower-case host; None for other URLs."""
    parse = _PARSERS.get(url.hostname or "")
    return parse(url) if parse and url.port is None else None


def _youtube(url: SplitResult) -> SiteVideo | None:
    if url.path in {"/watch", "/watch/"}:
        found = _YOUTUBE_ID.fullmatch(parse_qs(url.query).get("v", [""])[0])
        return _youtube_video(found.group()) if found else None
    found = _YOUTUBE_PATH.fullmatch(url.path)
    return _youtube_video(found.group(1)) if found else None


def _youtu_be(url: SplitResult) -> SiteVideo | None:
    if url.path == "/watch":
        return _youtube(url)
    found = _YOUTUBE_ID.fullmatch(url.path.strip("/"))
    return _youtube_video(found.group()) if found else None


def _youtube_video(site_id: str) -> SiteVideo:
    return SiteVideo("youtube", site_id, f"https://www.youtube.com/watch?v={site_id}")


def _vimeo(url: SplitResult) -> SiteVideo | None:
    """Keep the hash after the number, which unlisted videos require."""
    found = _VIMEO_PATH.fullmatch(url.path)
    if found is None:
        return None
    site_id, key = found.groups()
    parameter = parse_qs(url.query).get("h", [""])[0]
    key = key or (parameter if _VIMEO_HASH.fullmatch(parameter) else None)
    return SiteVideo("vimeo", site_id, f"https://vimeo.com/{site_id}" + (f"/{key}" if key else ""))


def _dailymotion(url: SplitResult) -> SiteVideo | None:
    path = f"/video{url.path}" if url.hostname == "dai.ly" else url.path
    found = _DAILYMOTION_PATH.fullmatch(path)
    if found is None:
        return None
    return SiteVideo("dailymotion", found.group(1), f"https://www.dailymotion.com/video/{found.group(1)}")


def _twitch(url: SplitResult) -> SiteVideo | None:
    found = _TWITCH_PATH.fullmatch(url.path)
    if found is None:
        return None
    return SiteVideo("twitch", found.group(1), f"https://www.twitch.tv/videos/{found.group(1)}")


_PARSERS: Mapping[str, Callable[[SplitResult], SiteVideo | None]] = {
    "youtube.com": _youtube,
    "www.youtube.com": _youtube,
    "m.youtube.com": _youtube,
    "music.youtube.com": _youtube,
    "youtube-nocookie.com": _youtube,
    "www.youtube-nocookie.com": _youtube,
    "youtu.be": _youtu_be,
    "www.youtu.be": _youtu_be,
    "vimeo.com": _vimeo,
    "www.vimeo.com": _vimeo,
    "player.vimeo.com": _vimeo,
    "dailymotion.com": _dailymotion,
    "www.dailymotion.com": _dailymotion,
    "dai.ly": _dailymotion,
    "twitch.tv": _twitch,
    "www.twitch.tv": _twitch,
    "m.twitch.tv": _twitch,
}
