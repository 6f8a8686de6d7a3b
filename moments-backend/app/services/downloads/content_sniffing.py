"""What an answer is, told from its first bytes and its headers, and what its file is to be called."""

import zlib
from collections.abc import Iterator
from email.message import Message
from enum import Enum
from urllib.parse import unquote, urlsplit

from app.core.exceptions import SourceRejectedError
from app.media.formats import CONTENT_TYPES, VIDEO_EXTENSIONS, extension_of

SNIFF_BYTES = 1024
PIECE_BYTES = 1024**2
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
DEFAULT_EXTENSION = ".mp4"


class ContentKind(Enum):
    """`PAGE`: HTML or a playlist, behind which a video may be found."""

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
"""Compared without regard to case."""

_PAGE_TYPES = frozenset(
    {"text/html", "application/xhtml+xml", "application/dash+xml", "application/x-mpegurl"}
    | {"application/vnd.apple.mpegurl", "audio/mpegurl", "audio/x-mpegurl"}
)
_OTHER_TYPES = ("text/", "image/", "audio/", "font/", "multipart/")
_OTHER_APPLICATIONS = ("json", "xml", "pdf", "zip", "javascript")
_TS_PACKET = 188


def kind_of(beginning: bytes, content_type: str) -> ContentKind:
    """The bytes have the first word: servers know a film's container less well than their pages.

    Args:
        beginning: the first `SNIFF_BYTES`, or all of a shorter answer.
        content_type: the header's value.
    """
    if _begins_as_video(beginning):
        return ContentKind.VIDEO
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    name = essence(content_type)
    is_xml = text.startswith(b"<?xml")
    if text.startswith(_PAGE_STARTS) or (is_xml and (b"<html" in text or b"<mpd" in text)):
        # Who follows a page that is said to be a film gets the page.
        return ContentKind.OTHER if name.startswith("video/") else ContentKind.PAGE
    if is_xml or text.startswith(_OTHER_STARTS):
        return ContentKind.OTHER
    if name in _PAGE_TYPES:
        return ContentKind.PAGE
    other = name.startswith(_OTHER_TYPES) or any(word in name for word in _OTHER_APPLICATIONS)
    return ContentKind.OTHER if other else ContentKind.VIDEO


def _begins_as_video(beginning: bytes) -> bool:
    if beginning[4:8] in _VIDEO_BOXES or beginning.startswith(_VIDEO_STARTS):
        return True
    if beginning.startswith(b"RIFF"):
        return beginning[8:12] == b"AVI "
    return len(beginning) > 2 * _TS_PACKET and beginning[0 : 2 * _TS_PACKET + 1 : _TS_PACKET] == b"GGG"


def essence(content_type: str) -> str:
    """`text/html` of `Text/HTML; charset=utf-8`."""
    return content_type.partition(";")[0].strip().lower()


def extension_for(urls: list[str], *, disposition: str = "", content_type: str = "") -> str:
    """The ending for a downloaded file: the first of these that is a video's, else `.mp4`.

    The addresses' paths, the name in Content-Disposition, Content-Type. Only ever an ending of our own table,
    so nothing of what the other side calls its file becomes a path.
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
    """Undoes Content-Encoding, which some servers apply though they were asked not to.

    Raises:
        SourceRejectedError: it is an encoding other than gzip and deflate, or the bytes are damaged.
    """

    def __init__(self, encoding: str) -> None:
        name = encoding.strip().lower()
        if name not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise SourceRejectedError(f"the video is sent compressed as {name!r}, which nobody asked for")
        self.is_identity = name in {"", "identity"}
        self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB)

    @property
    def is_complete(self) -> bool:
        return self.is_identity or self._inflate.eof

    def pieces(self, block: bytes) -> Iterator[bytes]:
        """What a block stands for, in pieces: a few bytes may stand for very many."""
        if self.is_identity:
            yield block
            return
        while block:
            if self._inflate.eof:  # a further member of the same gzip file
                self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                yield self._inflate.decompress(block, PIECE_BYTES)
            except zlib.error as error:
                raise SourceRejectedError(f"what was sent cannot be decompressed: {error}") from error
            block = self._inflate.unconsumed_tail or self._inflate.unused_data
