"""The connections that the process of yt-dlp can open, and merging of video and audio."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from yt_dlp.utils import YoutubeDLError

from app.core.config import BACKEND_DIR, Settings
from app.core.exceptions import SiteError, TooLargeError
from app.media.ffprobe import probe
from app.services.downloads import yt_dlp
from app.services.downloads.yt_dlp_process import _mapped_errors
from tests.fixtures.media import ffmpeg, make_video
from tests.services.downloads.conftest import LOOPBACK
from tests.services.downloads.support.web_server import Web, respond

pytestmark = pytest.mark.slow

HLS = "application/vnd.apple.mpegurl"


@pytest.fixture
def allowing(clean_environment: None, tmp_path: Path) -> Settings:
    return Settings(video_download_allowed_networks=[LOOPBACK], static_dir=tmp_path / "static")


async def fetched(url: str, folder: Path, settings: Settings) -> Path:
    found = await yt_dlp.fetch(url, folder, video_id="talk", settings=settings, on_progress=lambda *_: None)
    return found.file


@pytest.mark.parametrize(
    "operation",
    [
        "socket.create_connection(('127.0.0.1', PORT), 5)",
        "socket.create_connection(('localhost', PORT), 5)",
        "socket.socket().connect(('127.0.0.1', PORT))",
        "socket.socket().connect(('localhost', PORT))",
        "socket.socket().connect_ex(('127.0.0.1', PORT))",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))",
        "socket.socket(socket.AF_UNIX).connect('/nowhere')",
        "urllib.request.urlopen('http://127.0.0.1:PORT/', timeout=5)",
        "asyncio.run(asyncio.open_connection('127.0.0.1', PORT))",
        "import _socket; _socket.socket(2, 1).connect(('127.0.0.1', PORT))",
        "subprocess.run(['echo', 'http://127.0.0.1:PORT/'])",
    ],
)
def test_private_addresses_are_unreachable(web: Web, operation: str) -> None:
    script = textwrap.dedent(
        """
        import asyncio, socket, subprocess, urllib.request
        from app.core.exceptions import BlockedAddressError, SiteError
        from app.services.downloads.ssrf_guard import SsrfGuard
        from app.services.downloads.yt_dlp_process import guard_process
        blocked = guard_process(SsrfGuard([]))
        try:
            OPERATION
        except (BlockedAddressError, SiteError):
            print("blocked", len(blocked))
        """
    )
    script = script.replace("OPERATION", operation).replace("PORT", str(web.port))
    completed = subprocess.run(
        [sys.executable, "-c", script], cwd=BACKEND_DIR, capture_output=True, text=True, check=False
    )
    assert completed.stdout == "blocked 1\n", completed.stderr
    assert web.seen == []


async def test_video_and_audio_are_merged(allowing: Settings, folder: Path, web: Web, tmp_path: Path) -> None:
    video = make_video(tmp_path / "video.mp4", seconds=2)
    for name, stream in (("video", "0:v"), ("audio", "0:a")):
        ffmpeg("-i", video, "-map", stream, "-c", "copy", "-f", "mpegts", tmp_path / f"{name}.ts")
        web.on(f"/{name}.ts", respond((tmp_path / f"{name}.ts").read_bytes(), content_type="video/mp2t"))
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:2,\n{name}.ts\n#EXT-X-ENDLIST\n"
        web.on(f"/{name}.m3u8", respond(playlist.encode(), content_type=HLS))
    master = (
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="audio.m3u8"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=500000,RESOLUTION=320x180,CODECS="avc1.42c00d,mp4a.40.2",AUDIO="a"\n'
        "video.m3u8\n"
    )
    path = await fetched(web.on("/talk.m3u8", respond(master.encode(), content_type=HLS)), folder, allowing)
    assert path == folder / "talk.mp4"
    found = await probe(path, settings=allowing)
    assert (found.video_codec, found.audio_codec) == ("h264", "aac")


async def test_ffmpeg_opens_only_video_formats(
    allowing: Settings, folder: Path, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a shorter list of demuxers the files of the previous test are rejected."""
    shorter = "import app.media.formats as formats; formats.DEMUXERS = frozenset({'avi'});"
    monkeypatch.setattr(yt_dlp, "_START", yt_dlp._START.replace("from app", f"{shorter} from app"))
    with pytest.raises(SiteError, match=r"Invalid data|Postprocessing"):
        await test_video_and_audio_are_merged(allowing, folder, web, tmp_path)


async def test_streams_that_only_ffmpeg_can_fetch_fail(allowing: Settings, folder: Path, web: Web) -> None:
    web.on("/a.ts", respond(b"G" * 1000, content_type="video/mp2t"))
    playlist = (
        '#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="key"\n#EXTINF:2,\na.ts\n'
        "#EXT-X-ENDLIST\n"
    )
    with pytest.raises(SiteError, match="only be downloaded by FFmpeg"):
        await fetched(web.on("/talk.m3u8", respond(playlist.encode(), content_type=HLS)), folder, allowing)
    assert [request.path for request in web.seen if request.path != "/talk.m3u8"] == []


async def test_process_gets_no_secrets_and_limits(
    allowing: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "DATABASE_URL", "REDIS_PASSWORD", "https_proxy", "ANY_TOKEN"):
        monkeypatch.setenv(name, "secret")
    script = """
import json, os, resource
limits = [resource.getrlimit(limit)[0] for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)]
cause = " ".join([*map(str, limits), *sorted(set(os.environ) - {"PATH", "HOME", "LANG", "TMPDIR", "LC_ALL"})])
print(json.dumps({"error": "SiteError", "cause": cause, "remedy": None}))
"""
    monkeypatch.setattr(yt_dlp, "_START", script)
    with pytest.raises(SiteError) as caught:
        await fetched("https://example.org/", folder, allowing)
    size, core, *variables = caught.value.cause.split()
    assert int(size) == allowing.video_download_max_size_bytes + yt_dlp.INDEX_BYTES
    assert core == "0"
    allowed = {"LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "MALLOC_ARENA_MAX", "PYTHONHOME", "PYTHONPATH"}
    assert set(variables) <= allowed | {"SSL_CERT_FILE", "SSL_CERT_DIR", "PWD", "OLDPWD", "SHLVL", "_"}


def test_file_size_limit_is_reported_as_too_large() -> None:
    with pytest.raises(TooLargeError, match="exceeds the limit of 1000 bytes"), _mapped_errors(1000):
        raise YoutubeDLError("ERROR: unable to write data: [Errno 27] File too large")
