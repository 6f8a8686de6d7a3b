"""Content kind and file extension of a response, from its first bytes and headers (MIME sniffing)."""

import zlib
from collections.abc import Iterator
from email.message import Message
from enum import Enum
from urllib.parse import unquote, urlsplit

from app.core.exceptions import SourceRejectedError
from app.core.files.content_types import CONTENT_TYPES, VIDEO_EXTENSIONS, extension_of

SNIFF_BYTES = 1024
PIECE_BYTES = 1024**2
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
DEFAULT_EXTENSION = ".mp4"


class ContentKind(Enum):
    """Kind of a response; `PAGE` is HTML or a playlist that may contain a video."""

    VIDEO = "video"
    PAGE = "page"
    OTHER = "other"


_VIDEO_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_VIDEO_STARTS = (
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"FLV\x01",
    b"OggS",
    b"0&\xb2u\x8ef\xcf\x11",  # ASF
    b"\x00\x00\x01\xba",  # MPEG program stream
    b".RMF",
    b"\x06\x0e+4\x02\x05\x01\x01",  # MXF
)
_PAGE_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--", b"#extm3u", b"<mpd")
_OTHER_STARTS = (
    b"%pdf-", b"\x89png", b"gif8", b"\xff\xd8\xff", b"pk\x03\x04", b"\x1f\x8b", b"rar!", b"7z\xbc\xaf",
    b"\x7felf", b"{", b"<error", b"id3",
)  # fmt: skip
"""Compared case-insensitively."""

_PAGE_TYPES = frozenset(
    {"text/html", "application/xhtml+xml", "application/dash+xml", "application/x-mpegurl"}
    | {"application/vnd.apple.mpegurl", "audio/mpegurl", "audio/x-mpegurl"}
)
_OTHER_TYPES = ("text/", "image/", "audio/", "font/", "multipart/")
_OTHER_APPLICATIONS = ("json", "xml", "pdf", "zip", "javascript")
_TS_PACKET = 188


def kind_of(beginning: bytes, content_type: str) -> ContentKind:
    """Return the kind of a response.

    Magic bytes take precedence over Content-Type, which is unreliable for video containers.

    Args:
        beginning: the first `SNIFF_BYTES`, or all of a shorter response.
        content_type: the header's value.
    """
    if _has_video_signature(beginning):
        return ContentKind.VIDEO
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    name = essence(content_type)
    is_xml = text.startswith(b"<?xml")
    if text.startswith(_PAGE_STARTS) or (is_xml and (b"<html" in text or b"<mpd" in text)):
        # A page declared as a video is an error page, and contains no video to search for.
        return ContentKind.OTHER if name.startswith("video/") else ContentKind.PAGE
    if is_xml or text.startswith(_OTHER_STARTS):
        return ContentKind.OTHER
    if name in _PAGE_TYPES:
        return ContentKind.PAGE
    other = name.startswith(_OTHER_TYPES) or any(part in name for part in _OTHER_APPLICATIONS)
    return ContentKind.OTHER if other else ContentKind.VIDEO


def _has_video_signature(beginning: bytes) -> bool:
    if beginning[4:8] in _VIDEO_BOXES or beginning.startswith(_VIDEO_STARTS):
        return True
    if beginning.startswith(b"RIFF"):
        return beginning[8:12] == b"AVI "
    return len(beginning) > 2 * _TS_PACKET and beginning[0 : 2 * _TS_PACKET + 1 : _TS_PACKET] == b"GGG"


def essence(content_type: str) -> str:
    """Return the media type alone: `text/html` for `Text/HTML; charset=utf-8`."""
    return content_type.partition(";")[0].strip().lower()


def extension_for(urls: list[str], *, disposition: str = "", content_type: str = "") -> str:
    """Return the extension for a downloaded file: the first video extension found, or `.mp4`.

    Sources in this order: the paths of the URLs, the name in Content-Disposition, Content-Type. The result
    is always from our own table, so no remote file name becomes part of a path.
    """
    names = [unquote(urlsplit(url).path) for url in urls]
    names.append(_filename(disposition))
    for name in names:
        extension = extension_of(name.replace("\\", "/").rpartition("/")[2])
        if extension in VIDEO_EXTENSIONS:
            return extension
    of_type = {name: extension for extension, name in CONTENT_TYPES.items() if extension in VIDEO_EXTENSIONS}
    return of_type.get(essence(content_type), DEFAULT_EXTENSION)


def _filename(disposition: str) -> str:
    message = Message()
    message["Content-Disposition"] = disposition
    return message.get_filename("")


class ContentDecoder:
    """Decodes Content-Encoding, which some servers apply although the request excludes it.

    Raises:
        SourceRejectedError: the encoding is not gzip or deflate, or the bytes are corrupt.
    """

    def __init__(self, encoding: str) -> None:
        name = encoding.strip().lower()
        if name not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise SourceRejectedError(f"unsupported content encoding: {name!r}")
        self.is_identity = name in {"", "identity"}
        self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB)

    @property
    def is_complete(self) -> bool:
        return self.is_identity or self._inflate.eof

    def pieces(self, block: bytes) -> Iterator[bytes]:
        """Decode a block in pieces of limited size, because few bytes can expand to very many."""
        if self.is_identity:
            yield block
            return
        while block:
            if self._inflate.eof:  # a further member of the same gzip file
                self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                yield self._inflate.decompress(block, PIECE_BYTES)
            except zlib.error as error:
                raise SourceRejectedError(f"the response cannot be decompressed: {error}") from error
            block = self._inflate.unconsumed_tail or self._inflate.unused_data
