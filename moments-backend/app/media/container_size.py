"""File sizes declared by containers, to detect truncated files.

If the index is at the start, ffprobe reports codecs and the full duration of a truncated file. Matroska, MP4
and AVI declare their size; other containers, and live recordings, do not.
"""

import os
from collections.abc import Callable
from pathlib import Path

Read = Callable[[int, int], bytes]
"""`read(offset, length)`; returns fewer bytes at the end of the file."""

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"moof", b"wide", b"free", b"skip", b"styp"})
_ESSENTIAL_BOXES = frozenset({b"moov", b"mdat", b"moof"})
"""Boxes whose declared size is trusted; some programs append junk after them."""

_RIFF_SLACK = 8
"""Bytes of padding that some programs count but do not write."""


def declared_size(path: Path) -> int | None:
    """Return the minimum size in bytes that the container declares; None if it declares none.

    https://www.rfc-editor.org/rfc/rfc8794 (Matroska), ISO/IEC 14496-12 (MP4, QuickTime),
    https://learn.microsoft.com/windows/win32/directshow/avi-riff-file-reference (AVI)
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size

        def read(offset: int, length: int) -> bytes:
            return os.pread(descriptor, length, offset)

        start = read(0, 12)
        if start[:4] == _EBML:
            return _matroska_size(read)
        if start[:4] == b"RIFF" and start[8:] == b"AVI ":
            return 8 + int.from_bytes(start[4:8], "little") - _RIFF_SLACK
        if start[4:8] in _BOXES:
            return _mp4_size(read, size)
        return None
    finally:
        os.close(descriptor)


def _mp4_size(read: Read, size: int) -> int | None:
    """Follow the top-level boxes to the first one that ends outside the file."""
    offset = 0
    while offset < size:
        header = read(offset, 16)
        length, kind = int.from_bytes(header[:4]), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:])
        if length < 8:  # noqa: PLR2004 - 0 extends to the end of the file; smaller than a header is junk
            return None
        offset += length
        if offset > size:
            return offset if kind in _ESSENTIAL_BOXES else None
    return offset


def _matroska_size(read: Read) -> int | None:
    header_length, offset = _element_length(read(4, 8))
    if header_length is None:
        return None
    offset += 4 + header_length
    if read(offset, 4) != _SEGMENT:
        return None
    length, taken = _element_length(read(offset + 4, 8))
    return None if length is None else offset + 4 + taken + length


def _element_length(field: bytes) -> tuple[int | None, int]:
    """Return an EBML length, None if unknown, and the number of bytes of its encoding."""
    if not field or not field[0]:
        return None, 0
    taken = 9 - field[0].bit_length()
    unknown = (1 << 7 * taken) - 1
    length = int.from_bytes(field[:taken]) & unknown
    return (None if length == unknown or len(field) < taken else length), taken
