"""Settings of the H.264 encoder for each kind of file.

Processor time, size and SSIM of ten seconds of 720p: a moving pattern over a still picture with noise, and a
zoom into a detailed picture with strong noise.

    veryfast 21              8.8 s  4.28 MB  0.9916    13.4 s  9.15 MB  0.9869
    superfast 21, mbtree     6.1 s  4.48 MB  0.9911     9.2 s  9.07 MB  0.9867

"mbtree" is `mbtree=1:rc-lookahead=10`, which "superfast" leaves out; without them its files are
40 to 120 % larger.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class X264:
    """Preset, quality (CRF: lower is better) and further parameters of x264."""

    preset: str
    crf: int
    params: str = ""

    def args(self) -> list[str]:
        """Return the arguments of FFmpeg for the video stream, with a profile that every browser plays."""
        args = ["-c:v", "libx264", "-preset", self.preset, "-crf", str(self.crf), "-profile:v", "high"]
        return [*args, "-x264-params", self.params] if self.params else args


EXPORT = X264("veryfast", 21)
"""Files that people post."""

_MBTREE = "mbtree=1:rc-lookahead=10"

CLIP = X264("superfast", 21, _MBTREE)
"""Clips of moments, which each run encodes."""

PLAYBACK_COPY = X264("superfast", 23, _MBTREE)
"""Smaller than clips: a copy has the length of the video."""
