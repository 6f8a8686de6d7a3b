"""Videos whose header is fine but whose content is not: encrypted ones and unfinished downloads.

ffprobe reports them like any other file, and decoders then fail with a misleading message or return noise.

ISO/IEC 14496-12 (MP4), ISO/IEC 23001-7 (common encryption), ISO/IEC 13818-1 (MPEG)
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.core.exceptions import NotAVideoError

Json = Mapping[str, Any]

ENCRYPTED_ENTRIES = frozenset({b"encv", b"enca", b"drmi", b"drms"})
"""Formats of sample entries: common encryption, and Apple's FairPlay."""

_ENCRYPTED_STREAM_TYPES = frozenset({"0x00db", "0x00cf", "0x00c1", "0x00c2"})
"""Stream types of MPEG-TS: SAMPLE-AES of HTTP Live Streaming."""

_PARENTS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
_MAX_BOXES = 10_000
_ENTRY_OFFSET = 20
"""Bytes from the start of `stsd` to the format of its first entry."""

_PACKET_SIZES = (188, 192, 204)
_BLOCK_BYTES = 32 * 1024
_SYNC = 0x47
_SCRAMBLED = 0xC0
_NULL_PACKETS = 0x1FFF

_ZERO_BYTES, _ZERO_SAMPLES = 4096, 32
_MIN_ZEROS = 32 * 1024
_UNCOMPRESSED = ("pcm_", "raw", "v210", "r210", "huffyuv", "ffvhuff", "utvideo", "magicyuv")
"""Codecs whose silence or black pictures may be zeros."""


def ensure_usable(path: Path, output: Json, name: str) -> None:
    """Check the content of a file that ffprobe could read; reads a few blocks.

    Raises:
        NotAVideoError: the pictures or the audio are encrypted, or the end was never written.
    """
    demuxers = str((output.get("format") or {}).get("format_name", "")).split(",")
    streams: Sequence[Json] = output.get("streams") or ()
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        if "mov" in demuxers:
            is_encrypted = has_encrypted_track(descriptor, size)
        else:
            is_encrypted = "mpegts" in demuxers and (
                any(stream.get("codec_tag") in _ENCRYPTED_STREAM_TYPES for stream in streams)
                or is_scrambled(descriptor, size)
            )
        codecs = [str(stream.get("codec_name", "")) for stream in streams]
        is_compressed = not any(codec.startswith(_UNCOMPRESSED) for codec in codecs)
        is_covered = _ends_in_media(descriptor, size) if "mov" in demuxers else "matroska" in demuxers
        is_unfinished = is_compressed and is_covered and ends_in_zeros(descriptor, size)
    finally:
        os.close(descriptor)
    if is_encrypted:
        raise NotAVideoError(
            f"{name} is encrypted (copy protection), so its pictures or audio cannot be decoded",
            remedy="replace it with a copy without copy protection",
        )
    if is_unfinished:
        raise NotAVideoError(
            f"{name} is incomplete: its end contains only zeros, as in an unfinished download or copy",
            remedy="replace it with a complete copy, or wait if it is still being downloaded",
        )


def has_encrypted_track(descriptor: int, size: int) -> bool:
    """Return whether a track of an MP4 or QuickTime file is encrypted."""
    return any(entry in ENCRYPTED_ENTRIES for entry in _sample_entries(descriptor, size))


def _ends_in_media(descriptor: int, size: int) -> bool:
    """Return whether the file ends inside its media data, so that no padding follows."""
    return any(kind == b"mdat" and end >= size for kind, _, end in _boxes(descriptor, size, frozenset()))


def _sample_entries(descriptor: int, size: int) -> Iterator[bytes]:
    """Yield the format of the first sample entry of each track."""
    for kind, start, _ in _boxes(descriptor, size, _PARENTS):
        if kind == b"stsd":
            yield os.pread(descriptor, 4, start + _ENTRY_OFFSET)


def _boxes(descriptor: int, size: int, parents: frozenset[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, start and end of the boxes at the top level and in `parents`."""
    offset = 0
    for _ in range(_MAX_BOXES):
        header = os.pread(descriptor, 16, offset)
        if len(header) < 8:  # noqa: PLR2004 - size and type
            return
        length, kind, taken = int.from_bytes(header[:4]), header[4:8], 8
        if length == 1:
            length, taken = int.from_bytes(header[8:16]), 16
        elif length == 0:
            length = size - offset
        if length < taken:
            return
        yield kind, offset, offset + length
        offset += taken if kind in parents else length
        if offset >= size:  # also where the length is beyond what `os.pread` accepts
            return


def is_scrambled(descriptor: int, size: int) -> bool:
    """Return whether most packets in the middle of a transport stream are scrambled, as of pay TV."""
    block = os.pread(descriptor, _BLOCK_BYTES, max(0, size // 2 - _BLOCK_BYTES))
    for stride in _PACKET_SIZES:
        first = next((at for at in range(stride) if block[at : at + 8 * stride : stride] == b"G" * 8), None)
        if first is None:
            continue
        packets = [block[at : at + 4] for at in range(first, len(block) - 4, stride)]
        payload = [packet for packet in packets if _program_id(packet) != _NULL_PACKETS]
        scrambled = sum(packet[0] == _SYNC and packet[3] & _SCRAMBLED > 0 for packet in payload)
        return scrambled > len(payload) // 2
    return False


def _program_id(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def ends_in_zeros(descriptor: int, size: int) -> bool:
    """Return whether the last eighth of the file contains only zeros, by samples."""
    length = size // 8
    if length < _MIN_ZEROS:
        return False
    zeros = bytes(_ZERO_BYTES)
    step = (length - _ZERO_BYTES) / (_ZERO_SAMPLES - 1)
    offsets = (size - _ZERO_BYTES - round(number * step) for number in range(_ZERO_SAMPLES))
    return all(os.pread(descriptor, _ZERO_BYTES, offset) == zeros for offset in offsets)
