"""Components of an FFmpeg build, and the features that need them.

The bundled build has everything; distributions and users' own builds often omit codecs or filters.

https://ffmpeg.org/ffmpeg.html#Generic-options
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.exceptions import FFmpegError, ToolMissingError
from app.media import process
from app.media.formats import DEMUXERS

_TIMEOUT_SECONDS = 20
_KINDS = ("decoders", "encoders", "filters", "demuxers", "muxers")
_COMMON_DEMUXERS = ("asf", "avi", "flv", "matroska", "mov", "mpeg", "mpegts", "ogg")

Components = Mapping[str, frozenset[str]]
"""Names by kind."""


@dataclass(frozen=True, slots=True)
class Need:
    """Components of one kind that something depends on; `a|b` means that either suffices."""

    kind: str
    names: tuple[str, ...]
    purpose: str
    is_required: bool = False

    def missing(self, components: Components) -> list[str]:
        available = components[self.kind]
        return [name for name in self.names if available.isdisjoint(name.split("|"))]


NEEDS = (
    Need("encoders", ("libx264", "aac"), "clips and playback copies", is_required=True),
    Need("encoders", ("mjpeg",), "thumbnails and storyboards", is_required=True),
    Need("encoders", ("pcm_s16le",), "transcription", is_required=True),
    Need(
        "muxers", ("mp4", "wav", "image2pipe", "null"), "clips, transcription, thumbnails", is_required=True
    ),
    Need(
        "filters",
        ("scale", "pad", "format", "setparams", "setsar", "setpts", "settb", "trim", "bwdif", "fps", "tile"),
        "clips, thumbnails and playback copies",
        is_required=True,
    ),
    Need(
        "filters",
        ("aresample", "aformat", "atrim", "asetpts", "pan", "concat", "silencedetect", "ametadata"),
        "transcription and clips",
        is_required=True,
    ),
    Need("filters", ("scdet", "metadata"), "clip boundaries at cuts", is_required=True),
    Need("decoders", ("h264", "aac"), "most videos", is_required=True),
    Need("demuxers", _COMMON_DEMUXERS, "most videos", is_required=True),
    Need("demuxers", tuple(sorted(DEMUXERS - set(_COMMON_DEMUXERS))), "rare containers"),
    Need("filters", ("zscale", "tonemap"), "HDR videos"),
    Need("filters", ("premultiply",), "videos with transparency"),
    Need("filters", ("crop", "split", "overlay", "gblur", "lutyuv"), "formats of exports"),
    Need("filters", ("ass",), "captions burned into exports"),
    Need("filters", ("ebur128", "alimiter", "volume", "afade"), "loudness and fades of exports"),
    Need("decoders", ("hevc",), "videos of phones (HEVC)"),
    Need("decoders", ("libdav1d|libaom-av1|libgav1", "vp9|libvpx-vp9", "vp8|libvpx"), "web videos"),
    Need("decoders", ("libvpx", "libvpx-vp9"), "transparency in WebM"),
    Need("decoders", ("mpeg4", "msmpeg4", "msmpeg4v2", "mp3|mp3float"), "AVI"),
    Need(
        "decoders", ("mpeg1video", "mpeg2video", "mp2|mp2float", "ac3"), "DVD and television (MPG, VOB, TS)"
    ),
    Need("decoders", ("wmv1", "wmv2", "wmv3", "vc1", "wmav1", "wmav2", "wmapro"), "WMV"),
    Need("decoders", ("flv", "vp6", "vp6f", "nellymoser", "adpcm_swf"), "FLV"),
    Need("decoders", ("h263", "amrnb|libopencore_amrnb", "amrwb|libopencore_amrwb"), "3GP"),
    Need("decoders", ("theora", "vorbis|libvorbis", "opus|libopus", "flac"), "OGV and WebM"),
    Need("decoders", ("mjpeg", "prores", "dnxhd", "dvvideo", "cfhd", "alac"), "cameras and editing programs"),
    Need("decoders", ("qtrle", "svq1", "svq3", "cinepak", "rpza"), "old QuickTime files"),
    Need("decoders", ("rv10", "rv20", "rv30", "rv40", "cook", "sipr"), "RealMedia"),
    Need(
        "decoders", ("png", "zmbv", "flashsv", "camtasia", "ffv1", "huffyuv", "rawvideo"), "screen recordings"
    ),
    Need("decoders", ("eac3", "dca", "truehd", "mlp"), "surround audio"),
    Need(
        "decoders",
        (
            *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_u8", "pcm_f32le", "pcm_mulaw", "pcm_alaw"),
            *("adpcm_ima_wav", "adpcm_ms"),
        ),
        "uncompressed audio",
    ),
)


@dataclass(frozen=True, slots=True)
class Gap:
    """Components that a build lacks, and what does not work without them."""

    kind: str
    names: tuple[str, ...]
    purpose: str
    is_required: bool

    def __str__(self) -> str:
        noun = self.kind if len(self.names) > 1 else self.kind[:-1]
        names = ", ".join(name.replace("|", " or ") for name in self.names)
        return f"{self.purpose}: no {noun} {names}"


async def find_gaps(ffmpeg: Path) -> list[Gap]:
    """Return what the program lacks, required components first.

    Raises:
        ToolMissingError: the program does not list its components.
    """
    listed = await asyncio.gather(*(_components(ffmpeg, kind) for kind in _KINDS))
    components = dict(zip(_KINDS, listed, strict=True))
    gaps = [
        Gap(need.kind, tuple(names), need.purpose, need.is_required)
        for need in NEEDS
        if (names := need.missing(components))
    ]
    return sorted(gaps, key=lambda gap: not gap.is_required)


async def missing_demuxers(ffprobe: Path) -> list[str]:
    """Return the common containers that ffprobe cannot read."""
    return Need("demuxers", _COMMON_DEMUXERS, "").missing(
        {"demuxers": await _components(ffprobe, "demuxers")}
    )


async def _components(program: Path, kind: str) -> frozenset[str]:
    """Return the names of one kind, of which each line of the list has one or, for demuxers, several."""
    try:
        completed = await process.run(
            [program, "-hide_banner", "-v", "error", f"-{kind}"], timeout=_TIMEOUT_SECONDS
        )
    except FFmpegError as error:
        raise ToolMissingError(error.cause, remedy=error.remedy) from error
    names: set[str] = set()
    for line in completed.stdout.decode("utf-8", "replace").splitlines():
        flags, _, rest = line.strip().partition(" ")
        name = rest.strip().partition(" ")[0]
        if flags and name and name != "=":
            names.update(name.split(","))
    if completed.returncode != 0 or not names:
        raise ToolMissingError(f"{program} does not list its {kind}", remedy="install a complete FFmpeg")
    return frozenset(names)
