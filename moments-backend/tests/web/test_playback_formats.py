"""Playing in Chromium: originals that every browser plays, and copies of the other formats."""

from pathlib import Path

import pytest
from playwright.async_api import Page
from psycopg.types.json import Jsonb

from app.core.config import Settings
from app.media.ffprobe import probe
from app.services.library.identity import title_of
from tests.api.support.rows import add_row
from tests.fixtures.media import ffmpeg
from tests.web.support.server import Site, wait_until
from tests.web.support.wait import until

pytestmark = pytest.mark.slow

COPY_SECONDS = 60
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-tag:v", "hvc1")
AV1 = ("-c:v", "libsvtav1", "-preset", "12", "-svtav1-params", "lp=1")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
FORMATS = {
    "h264.mp4": ("original", (*H264, "-c:a", "aac")),
    "h264.mov": ("original", (*H264, "-c:a", "aac")),
    "h264.mkv": ("copy", (*H264, "-c:a", "aac")),
    "surround.mkv": ("copy", (*H264, "-c:a", "ac3", "-ac", "6")),
    "vp9.webm": ("original", (*VP9, "-c:a", "libopus")),
    "vp9.mkv": ("copy", (*VP9, "-c:a", "libopus")),
    "av1.mp4": ("original", (*AV1, "-c:a", "aac")),
    "av1.webm": ("original", (*AV1, "-c:a", "libopus")),
    "hevc.mp4": ("copy", (*HEVC, "-c:a", "aac")),
    "camera.avi": ("copy", ("-c:v", "mpeg4", "-c:a", "libmp3lame")),
    "broadcast.ts": ("copy", ("-c:v", "mpeg2video", "-c:a", "mp2")),
    "windows.wmv": ("copy", ("-c:v", "wmv2", "-c:a", "wmav2")),
}
"""Source of the player, and FFmpeg's options, by file name."""

VIDEO = "document.querySelector('video')"
ADVANCES = f"""(async () => {{
  const video = {VIDEO};
  const counted = () => [video.currentTime, video.getVideoPlaybackQuality().totalVideoFrames,
    video.webkitAudioDecodedByteCount];
  if (!video || video.readyState < 2) return false;
  video.muted = true;
  await video.play();
  const before = counted();
  await new Promise((resolve) => setTimeout(resolve, 300));
  return video.videoWidth > 0 && counted().every((value, index) => value > before[index]);
}})()"""


async def add_video(site: Site, name: str, options: tuple[str, ...]) -> str:
    """Register a video with its media facts, as every import does; return its identifier."""
    path = site.videos / name
    make(path, options)
    identifier = path.stem + "-" + path.suffix.removeprefix(".")
    columns = (await probe(path, settings=Settings())).columns()
    columns |= {"media": Jsonb(columns["media"]), "title": title_of(identifier)}
    own = {"size_bytes": path.stat().st_size, "relative_path": path.name}
    add_row(site.library, identifier, filename=path.name, **columns, **own)
    site.library.put(f"videos/{identifier}/{path.name}", path.read_bytes())
    return identifier


def make(path: Path, options: tuple[str, ...]) -> None:
    pictures = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25")
    ffmpeg(*pictures, "-f", "lavfi", "-i", "sine=sample_rate=48000", *options, "-g", "25", "-t", "6", path)


async def test_every_format_plays(page: Page, empty_site: Site) -> None:
    videos = {name: await add_video(empty_site, name, options) for name, (_, options) in FORMATS.items()}
    played = {}
    with empty_site.running_worker():
        for name, identifier in videos.items():
            path = f"/api/videos/{identifier}"
            wait_until(
                lambda path=path: empty_site.get(path)["playback"]["state"] == "ready",  # type: ignore[misc]
                COPY_SECONDS,
            )
            played[name] = empty_site.get(path)["playback"]["source"]
            await page.goto(f"{empty_site.url}/watch/{identifier}")
            await until(page, ADVANCES)
    assert played == {name: source for name, (source, _) in FORMATS.items()}
