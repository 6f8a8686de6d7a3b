"""Lists the videos of a channel or playlist with yt-dlp, in its isolated process."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.config import BACKEND_DIR, Settings
from app.core.exceptions import BlockedAddressError, SiteError, VideoMomentsError
from app.media import process
from app.media.limits import NETWORK_VARIABLES, PYTHON_VARIABLES, ProcessLimits

MAX_SITE_VIDEOS = 1000
"""Videos that are read from a site; it lists about a hundred per request."""
LISTING_SECONDS = 180.0
MEMORY_BYTES = 1024**3
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from app.services.downloads.yt_dlp_list_process import main; main()"
)
_ERRORS: dict[str, type[VideoMomentsError]] = {
    kind.__name__: kind for kind in (BlockedAddressError, SiteError)
}


@dataclass(frozen=True, slots=True)
class ListedVideo:
    """A video of a channel, playlist or feed.

    Attributes:
        published_at: seconds since 1970; None if the list does not state it.
        unusable: why the video cannot be added.
        is_upcoming: it has not started or not ended, and can be added later.
    """

    url: str
    title: str | None = None
    published_at: float | None = None
    duration_seconds: float | None = None
    unusable: str | None = None
    is_upcoming: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The videos of a channel, playlist or feed, in its order."""

    title: str | None
    videos: tuple[ListedVideo, ...]


class ListingOutput:
    """Reads the JSON lines of a process: videos, and the other values of the list."""

    def __init__(self) -> None:
        self.videos: list[ListedVideo] = []
        self.result: dict[str, Any] = {}

    def add_line(self, line: bytes) -> None:
        message = json.loads(line)
        if "video" in message:
            self.videos.append(ListedVideo(**message["video"]))
        else:
            self.result.update(message)


async def list_site(url: str, settings: Settings, *, limit: int = MAX_SITE_VIDEOS) -> Listing:
    """Return the videos of a channel or playlist without opening them.

    Raises:
        SiteError: yt-dlp finds no list at this address; with its message.
        BlockedAddressError: the address is in a private network.
        FFmpegError: the process could not be started, or took longer than `LISTING_SECONDS`.
    """
    request = {
        "url": url,
        "limit": limit,
        "allowed": [str(network) for network in settings.video_download_allowed_networks],
        "memory": MEMORY_BYTES,
    }
    output = ListingOutput()
    completed = await process.run(
        [sys.executable, "-P", "-c", _START, BACKEND_DIR],
        timeout=LISTING_SECONDS,
        limits=ProcessLimits(memory_bytes=None, variables=(*PYTHON_VARIABLES, *NETWORK_VARIABLES)),
        stdin=json.dumps(request).encode(),
        on_output=output.add_line,
    )
    if "error" in output.result:
        raise _error(output.result)
    if "title" not in output.result:
        status = completed.signal_name or f"exit code {completed.returncode}"
        raise SiteError(f"yt-dlp ended with {status} while it listed the videos")
    return Listing(output.result["title"], tuple(output.videos))


def _error(result: Mapping[str, Any]) -> VideoMomentsError:
    return _ERRORS[result["error"]](result["cause"], remedy=result["remedy"])
