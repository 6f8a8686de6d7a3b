"""Filters that turn the pictures of any video into upright, square 8-bit 4:2:0 that every browser shows.

https://ffmpeg.org/ffmpeg-filters.html#zscale-1, https://ffmpeg.org/ffmpeg-filters.html#tonemap-1
"""

from dataclasses import dataclass

from app.models.media_info import VideoStream

HDR_TRANSFERS = frozenset({"arib-std-b67", "smpte2084"})
"""HLG and PQ."""

WHITE_NITS = 203
"""Luminance of white in SDR parts of HDR video (ITU-R BT.2408)."""

TONE_CURVE = f"tonemap=mobius:desat=0:param=0.5:peak={1000 / WHITE_NITS:.2f}"
"""Keeps the lower half of the linear range exactly; brighter light, up to 1,000 nits, is compressed.

Mean difference from the SDR version over 16 patches (greys from 20 to 255, saturated colours, skin), of 255,
HLG and PQ: 4.4 and 4.5. With `param` 0.3 (the default) 8.8 and 9.0, because white becomes 216 instead of 228;
with 0.7 1.9 and 2.0, but highlights have 17 levels left. `hable` 49.
"""

_HD_HEIGHT = 720
"""Browsers decode pictures of this height or higher as BT.709 if the file does not declare the matrix."""

_MAX_INTERLACED_HEIGHT = 1152
"""No format of larger pictures is interlaced."""

_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""FFmpeg's own decoders of these formats ignore transparency."""

_RGB_PREFIXES = ("gbr", "rgb", "bgr", "argb", "abgr", "0rgb", "0bgr", "pal8", "x2rgb", "x2bgr")
_RGB_CODECS = frozenset({"apng", "bmp", "flashsv2", "png", "qtrle", "tiff", "webp", "zerocodec", "zmbv"})
"""Codecs without YUV; ffprobe may report no pixel format for them."""

_WIDE_PRIMARIES = frozenset({"bt2020", "smpte431", "smpte432"})
_MATRICES = frozenset({"bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020nc", "bt2020c", "ictcp"})
_PRIMARIES = _WIDE_PRIMARIES | {"bt709", "bt470m", "bt470bg", "smpte170m", "smpte240m", "film"}
_TRANSFERS = frozenset(
    {"bt709", "gamma22", "gamma28", "smpte170m", "smpte240m", "iec61966-2-1", "iec61966-2-4"}
    | {"bt2020-10", "bt2020-12"}
)
_SETPARAMS_NAMES = {"gamma22": "bt470m", "gamma28": "bt470bg"}
"""ffprobe and `setparams` name these differently."""


@dataclass(frozen=True, slots=True)
class PictureChain:
    """Arguments for the pictures of one video.

    `input_args` belong before the input, `filters` into `-vf`, after filters that select frames. The filters
    also tag the result. `width` and `height` are those of the result, None if the source's are unknown.
    """

    input_args: tuple[str, ...]
    filters: tuple[str, ...]
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Framing:
    """The part of the upright picture that is kept, in square pixels.

    The whole picture is scaled to `whole`; of that, `kept` pixels from `offset` are scaled to `size`. All are
    pairs of width and height, or of left and top.
    """

    whole: tuple[int, int]
    kept: tuple[int, int]
    offset: tuple[int, int]
    size: tuple[int, int]

    @property
    def filters(self) -> list[str]:
        (width, height), (left, top) = self.kept, self.offset
        crop = [] if self.kept == self.whole else [f"crop={width}:{height}:{left}:{top}:exact=1"]
        return crop if self.size == self.kept else [*crop, "scale={}:{}".format(*self.size), "setsar=1"]


@dataclass(frozen=True, slots=True)
class _Colors:
    matrix: str
    primaries: str
    transfer: str

    def tags(self, *, full: bool) -> str:
        values = {
            "range": "pc" if full else "tv",
            "colorspace": self.matrix,
            "color_primaries": self.primaries,
            "color_trc": _SETPARAMS_NAMES.get(self.transfer, self.transfer),
        }
        return "setparams=" + ":".join(f"{name}={value}" for name, value in values.items())


_BT709 = _Colors("bt709", "bt709", "bt709")
_BT601 = _Colors("smpte170m", "smpte170m", "smpte170m")
_JPEG = _Colors("bt470bg", "bt709", "iec61966-2-1")


def picture_chain(
    stream: VideoStream,
    *,
    max_width: int,
    max_height: int,
    turned: bool = False,
    deinterlace: bool = True,
    jpeg: bool = False,
    framing: Framing | None = None,
) -> PictureChain:
    """Return the filters for one stream, which the caller maps as `0:{stream.index}`.

    Args:
        max_width, max_height: larger pictures are scaled down.
        turned: swap both limits for portrait pictures.
        deinterlace: only for consecutive frames; frames that are not marked as interlaced stay as they are.
        jpeg: colours of JPEG, for the encoder `mjpeg`, instead of those of video.
        framing: the part that is kept, instead of the limits. Not for pictures of unknown size.
    """
    size = display_size(stream, max_width=max_width, max_height=max_height, turned=turned)
    if framing is not None:
        size = framing.whole
    kept = framing.filters if framing else []
    converted = is_hdr(stream) or _is_wide(stream)
    # The filter holds several frames of full size, 100 MB each in 8K.
    is_interlaceable = stream.height <= _MAX_INTERLACED_HEIGHT
    filters = ["bwdif=mode=send_frame:deint=interlaced"] if deinterlace and is_interlaceable else []
    if _may_be_transparent(stream):
        filters += _on_black(stream)
    if converted:
        filters += [_scale(stream, size, max_width, max_height), *_padding(size), "setsar=1", *kept]
        filters += _to_bt709(stream)
        colors = _JPEG if jpeg else _BT709
        if jpeg:
            filters.append(f"scale=out_color_matrix={colors.matrix}:out_range=pc")
    else:
        source = _colors(stream)
        colors = _JPEG if jpeg else source
        if _needs_matrix(stream):
            filters.append(f"setparams=colorspace={source.matrix}")
        conversion = f":out_color_matrix={colors.matrix}:out_range={'pc' if jpeg else 'tv'}"
        scale = _scale(stream, size, max_width, max_height) + conversion
        filters += [scale, *_padding(size), "setsar=1", *kept]
    filters += [f"format={'yuvj420p' if jpeg else 'yuv420p'}", colors.tags(full=jpeg)]
    final = framing.size if framing else size
    return PictureChain(_input_args(stream), tuple(filters), *(final or (None, None)))


def is_hdr(stream: VideoStream) -> bool:
    return stream.color_transfer in HDR_TRANSFERS


def display_size(
    stream: VideoStream, *, max_width: float, max_height: float, turned: bool = False
) -> tuple[int, int] | None:
    """Return even width and height of the upright picture with square pixels; None if they are unknown."""
    if stream.width <= 0 or stream.height <= 0:
        return None
    width, height = stream.width * _pixel_aspect(stream), float(stream.height)
    if stream.rotation % 180:
        # The pixels are turned as well: FFmpeg scales the width of the turned picture.
        width, height = stream.height / _pixel_aspect(stream), float(stream.width)
    if turned and height > width:
        max_width, max_height = max_height, max_width
    factor = min(1.0, max_width / width, max_height / height)
    return _even(width * factor), _even(height * factor)


def _even(side: float) -> int:
    return max(2, 2 * int(side / 2 + 0.01))


def _pixel_aspect(stream: VideoStream) -> float:
    ratio = stream.sample_aspect_ratio
    return ratio if ratio > 0 else 1.0


def _scale(stream: VideoStream, size: tuple[int, int] | None, max_width: int, max_height: int) -> str:
    """Return the scale filter; pictures of another size than the first are fitted into the first's."""
    if size is None:
        factor = f"min(1,min({max_width}/(iw*sar),{max_height}/ih))"
        sides = [f"max(2,2*trunc({side}*{factor}/2+0.01))" for side in ("iw*sar", "ih")]
        return f"scale=w='{sides[0]}':h='{sides[1]}'"
    width, height = size
    stored, aspect = (stream.width, stream.height), _pixel_aspect(stream)
    if stream.rotation % 180:
        stored, aspect = (stream.height, stream.width), 1 / aspect
    is_first = f"eq(iw,{stored[0]})*eq(ih,{stored[1]})*lt(abs(sar-{aspect:.6f}),0.01)"
    factor = f"min({width}/(iw*sar),{height}/ih)"
    fitted_width = f"min({width},max(2,2*round(iw*sar*{factor}/2)))"
    fitted_height = f"min({height},max(2,2*round(ih*{factor}/2)))"
    return f"scale=w='if({is_first},{width},{fitted_width})':h='if({is_first},{height},{fitted_height})'"


def _padding(size: tuple[int, int] | None) -> list[str]:
    return [] if size is None else [f"pad={size[0]}:{size[1]}:(ow-iw)/2:(oh-ih)/2"]


def _may_be_transparent(stream: VideoStream) -> bool:
    """Return whether pictures may have alpha, also of codecs whose pixel format ffprobe does not report."""
    return stream.has_alpha or (stream.pixel_format is None and stream.codec in _RGB_CODECS)


def _on_black(stream: VideoStream) -> list[str]:
    """Return filters that show transparent pictures on black, as a player's background."""
    if _is_rgb(stream):
        return ["format=gbrap", "premultiply=inplace=1"]
    deep = stream.bits > 8  # noqa: PLR2004 - bits per sample
    return [f"format={'yuva444p12' if deep else 'yuva444p'}", "premultiply=inplace=1"]


def _input_args(stream: VideoStream) -> tuple[str, ...]:
    decoder = _ALPHA_DECODERS.get(stream.codec) if stream.has_alpha else None
    return () if decoder is None else (f"-c:{stream.index}", decoder)


def _is_wide(stream: VideoStream) -> bool:
    """Return whether the colours exceed BT.709 without HDR, which 8-bit H.264 shows with bands at best."""
    return stream.color_primaries in _WIDE_PRIMARIES and not _is_rgb(stream)


def _is_rgb(stream: VideoStream) -> bool:
    if stream.pixel_format is None:
        return stream.codec in _RGB_CODECS
    return stream.pixel_format.startswith(_RGB_PREFIXES)


def _needs_matrix(stream: VideoStream) -> bool:
    """Return whether the declared matrix is missing, invalid, or that of RGB on other pictures."""
    if stream.pixel_format is None or _is_rgb(stream):
        return False
    return stream.color_space not in _MATRICES


def _colors(stream: VideoStream) -> _Colors:
    """Return the colours of SDR pictures; unknown ones are those that browsers assume."""
    if _is_rgb(stream):
        return _BT709
    guess = _BT709 if stream.height >= _HD_HEIGHT and stream.pixel_format else _BT601
    matrix = stream.color_space if stream.color_space in _MATRICES else guess.matrix
    base = _BT709 if matrix == "bt709" else _BT601
    return _Colors(
        matrix or guess.matrix,
        stream.color_primaries if stream.color_primaries in _PRIMARIES else base.primaries,
        stream.color_transfer if stream.color_transfer in _TRANSFERS else base.transfer,
    )


def _to_bt709(stream: VideoStream) -> list[str]:
    """Return the conversion to SDR with BT.709; 16 bits and floats keep it free of bands."""
    hdr = is_hdr(stream)
    matrix = stream.color_space if stream.color_space in _MATRICES else "bt2020nc"
    primaries = stream.color_primaries if stream.color_primaries in _PRIMARIES else "bt2020"
    transfer = stream.color_transfer if stream.color_transfer in HDR_TRANSFERS | _TRANSFERS else "bt709"
    source = (
        f"setparams=colorspace={matrix}:color_primaries={primaries}"
        f":color_trc={_SETPARAMS_NAMES.get(transfer, transfer)}"
    )
    peak = f":npl={WHITE_NITS}" if hdr else ""
    return [
        *(source, f"zscale=t=linear{peak}", "format=gbrpf32le", "zscale=p=bt709"),
        *((TONE_CURVE,) if hdr else ()),
        "zscale=t=bt709:m=bt709:r=tv",
        "format=yuv420p",
    ]
