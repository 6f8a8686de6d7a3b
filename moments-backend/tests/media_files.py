"""Tiny real media for the tests, made by FFmpeg.

Each distinct request is encoded once per run; later ones copy the bytes.
"""

import subprocess
import tempfile
from functools import cache
from pathlib import Path

from app.core.config import Settings
from app.media import tools

VIDEO_CODECS = {
    ".mp4": "libx264",
    ".m4v": "libx264",
    ".mov": "mjpeg",
    ".mkv": "libx265",
    ".webm": "libvpx-vp9",
    ".avi": "mpeg4",
}
AUDIO_CODECS = {
    ".mp4": "aac",
    ".m4v": "aac",
    ".mov": "pcm_s16le",
    ".mkv": "aac",
    ".webm": "libopus",
    ".avi": "libmp3lame",
}
"""What an ending holds unless the test says otherwise."""

SPEED = {
    "libx264": ("-preset", "ultrafast", "-pix_fmt", "yuv420p"),
    "libx265": ("-preset", "ultrafast", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p"),
    "libvpx-vp9": ("-deadline", "realtime", "-cpu-used", "8"),
    "mjpeg": ("-pix_fmt", "yuvj422p"),
}


def ffmpeg(*arguments: str | Path, stdin: bytes | None = None) -> bytes:
    """Run the FFmpeg that the product would run, and return its stdout."""
    program = tools.find_ffmpeg(Settings())
    argv = [program, "-hide_banner", "-v", "error", "-y", *arguments]
    completed = subprocess.run(argv, input=stdin or b"", capture_output=True, check=False)
    assert completed.returncode == 0, completed.stderr.decode()
    return completed.stdout


def make_video(
    path: Path,
    *,
    seconds: float = 1.0,
    size: str = "320x180",
    fps: str | float = 25,
    video_codec: str | None = None,
    audio_codec: str | None = None,
    audio: bool = True,
    rotation: int | None = None,
    cover_art: bool = False,
    pattern: str = "testsrc2",
    sample_aspect_ratio: str | None = None,
) -> Path:
    """A test picture with a tone. The container follows the ending of `path`, and so do the codecs.

    `rotation`: degrees, as a phone marks it. `pattern`: a source of FFmpeg's such as `testsrc2`,
    `color=black`, `smptebars`.
    """
    suffix = path.suffix.lower()
    path.write_bytes(
        _video(
            suffix,
            seconds=seconds,
            size=size,
            fps=str(fps),
            video_codec=video_codec or VIDEO_CODECS[suffix],
            audio_codec=(audio_codec or AUDIO_CODECS[suffix]) if audio else None,
            rotation=rotation,
            cover_art=cover_art,
            pattern=pattern,
            sample_aspect_ratio=sample_aspect_ratio,
        )
    )
    return path


def make_audio(
    path: Path, *, codec: str = "libmp3lame", container: str = "mp3", cover_art: bool = False
) -> Path:
    """Sound without a film, whatever `path` is called."""
    path.write_bytes(_audio(codec, container, cover_art))
    return path


def make_picture(path: Path, *, codec: str = "mjpeg", size: str = "64x64") -> Path:
    """One still picture, whatever `path` is called."""
    path.write_bytes(_picture(codec, size))
    return path


def truncate(path: Path, *, keep: float = 0.5) -> Path:
    """Cut the end off a file, as an interrupted copy does."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    return path


@cache
def _video(
    suffix: str,
    *,
    seconds: float,
    size: str,
    fps: str,
    video_codec: str,
    audio_codec: str | None,
    rotation: int | None,
    cover_art: bool,
    pattern: str,
    sample_aspect_ratio: str | None,
) -> bytes:
    separator = ":" if "=" in pattern else "="
    inputs: list[str | Path] = ["-f", "lavfi", "-i", f"{pattern}{separator}size={size}:rate={fps}"]
    outputs: list[str | Path] = ["-map", "0:v", "-c:v", video_codec, *SPEED.get(video_codec, ())]
    if audio_codec:
        inputs += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
        outputs += ["-map", "1:a", "-c:a", audio_codec]
    if sample_aspect_ratio:
        outputs += ["-vf", f"setsar={sample_aspect_ratio.replace(':', '/')}"]
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, f"made{suffix}")
        ffmpeg(*inputs, *outputs, "-t", str(seconds), made)
        if rotation is not None:
            turned = made.with_stem("turned")
            ffmpeg("-display_rotation:v:0", str(rotation), "-i", made, "-c", "copy", turned)
            made = turned
        if cover_art:
            picture, covered = make_picture(made.with_name("cover.jpg")), made.with_stem("covered")
            maps = ("-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1", "attached_pic")
            ffmpeg("-i", made, "-i", picture, *maps, covered)
            made = covered
        return made.read_bytes()


@cache
def _audio(codec: str, container: str, cover_art: bool) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        made, picture = Path(folder, "made"), make_picture(Path(folder, "cover.jpg"))
        cover = ("-i", picture, "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic")
        tone = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000")
        end = ("-c:a", codec, "-t", "1", "-f", container, made)
        ffmpeg(*tone, *(cover if cover_art else ()), *end)
        return made.read_bytes()


@cache
def _picture(codec: str, size: str) -> bytes:
    source = ("-f", "lavfi", "-i", f"testsrc2=size={size}", "-frames:v", "1")
    pixels = "yuvj420p" if codec == "mjpeg" else "bgr24"
    return ffmpeg(*source, "-c:v", codec, "-pix_fmt", pixels, "-f", "image2pipe", "-")
