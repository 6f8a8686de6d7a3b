"""Names of a video, derived from the path of its file below the folder of videos.

The identifier is the path without the extension, with `__` for `/`. It is part of URLs, of object names and
of the names of derived files, so names that one of them cannot hold are replaced by a short unique one.
"""

import hashlib
import os
import re
import unicodedata
from pathlib import Path

from app.models.text import to_line
from app.repositories.directory_listing import SEPARATOR
from app.services.library.titles import title_from

LONGEST_SUFFIX = f"_{'0' * 16}_clip.mp4"
"""Longest text that names of derived files append to an identifier."""

MAX_NAME_BYTES = 255
"""Limit of a file name on Linux, macOS and Windows file systems."""

MAX_IDENTIFIER_BYTES = MAX_NAME_BYTES - len(LONGEST_SUFFIX)

MD5_DIGITS = 8
"""Hex digits of the content's MD5 in the identifier of a renamed video."""

_PATH_DIGITS = 12
"""Hex digits of the path's SHA-256 in a shortened name; 48 bits stay unique among millions of files."""

_FORBIDDEN = re.compile(r"[\r\n]+")
"""Line breaks are not allowed in object names: https://cloud.google.com/storage/docs/objects#naming"""


def identifier_of(relative_path: str) -> str:
    """Return the identifier of a new video, such as `2023__IMG_0001` for `2023/IMG_0001.MOV`.

    The same path always has the same identifier. A path that is too long or contains line breaks gets a
    shortened identifier with a hash of the whole path.
    """
    stem = os.path.splitext(relative_path)[0]  # noqa: PTH122 - called for every file of a scan
    identifier = stem.replace("/", SEPARATOR)
    if _is_usable(identifier, MAX_IDENTIFIER_BYTES):
        return identifier
    return _shortened(identifier, _path_digits(relative_path), MAX_IDENTIFIER_BYTES)


def object_filename(relative_path: str) -> str:
    """Return the last part of the path, or a shortened one if an object's name cannot contain it."""
    name = relative_path.rpartition("/")[2]
    if _is_usable(name, MAX_NAME_BYTES):
        return name
    stem, extension = os.path.splitext(name)  # noqa: PTH122 - consistent with `identifier_of`
    extension = _FORBIDDEN.sub("", extension)
    limit = MAX_NAME_BYTES - len(_encoded(extension))
    return _shortened(stem, _path_digits(relative_path), limit) + extension


def renamed(identifier: str, md5_hex: str) -> str:
    """Return an identifier for other bytes than those that hold `identifier`: `IMG_0001-1a2b3c4d`."""
    return _shortened(identifier, md5_hex[:MD5_DIGITS], MAX_IDENTIFIER_BYTES)


def title_of(relative_path: str) -> str:
    """Return the title that the file name suggests, on one line. Folders do not count."""
    name = relative_path.rpartition("/")[2]
    stem = os.path.splitext(name)[0]  # noqa: PTH122 - consistent with `identifier_of`
    return title_from(to_line(stem))


def folder_of(relative_path: str) -> str:
    """Return the path of the folder; empty for a file directly in the folder of videos."""
    return relative_path.rpartition("/")[0]


def path_in(folder: str, name: str) -> str:
    """Return the relative path of a file in a folder; `folder` is empty for the folder of videos itself."""
    return f"{folder}/{name}" if folder else name


def path_below(folder: Path, path: Path) -> str | None:
    """Return the path of a file relative to `folder`; None if it is outside. Links are not resolved."""
    try:
        return path.absolute().relative_to(folder.absolute()).as_posix()
    except ValueError:
        return None


def nfc(text: str) -> str:
    """Return the composed form. macOS stores names decomposed, keyboards type them composed."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _is_usable(name: str, limit: int) -> bool:
    return len(_encoded(name)) <= limit and _FORBIDDEN.search(name) is None


def _shortened(name: str, digits: str, limit: int) -> str:
    """Return `{name}-{digits}`, with as much of the name as fits, cut between characters."""
    start = _encoded(_FORBIDDEN.sub(" ", name))[: limit - len(digits) - 1]
    return f"{start.decode('utf-8', 'ignore')}-{digits}"


def _path_digits(relative_path: str) -> str:
    return hashlib.sha256(_encoded(relative_path)).hexdigest()[:_PATH_DIGITS]


def _encoded(name: str) -> bytes:
    """Encode a name from the file system; bytes that are not UTF-8 are counted, and rejected elsewhere."""
    return name.encode("utf-8", "surrogatepass")
