"""Captions beside an original: `talk.srt`, `talk.en.vtt` and the like beside `talk.mp4`.

Copies of them are kept in the folder and under the prefix of captions, where other machines find them. Their
names, such as `en.sidecar.srt`, have a dot before the extension, unlike those of captions from the site.
"""

import logging
import os
import stat
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.concurrency import run_in_thread
from app.core.config import Settings
from app.core.exceptions import FileUnreadableError
from app.core.files.atomic import atomic_write, mapped_write_errors
from app.core.files.content_types import extension_of, is_video_name
from app.core.languages import known_language

if TYPE_CHECKING:  # the scan of a migration uses the names only, and Google's client takes 0.3 s to load
    from app.services.storage.gcs_uploader import GCSUploader

logger = logging.getLogger(__name__)

CAPTION_SUFFIXES = frozenset({".srt", ".vtt"})
MAX_BYTES = 10 * 1024**2
"""Larger files are ignored; captions of two hours have about 100 kB."""
MAX_TAGS = 3
NO_LANGUAGE = "und"
_MARK = "sidecar"
_FORCED = frozenset({"forced", "foreign"})
_FOR_DEAF = frozenset({"sdh", "hi", "cc"})
_OTHER_TAGS = frozenset({"default", "full"})


@dataclass(frozen=True, slots=True)
class SidecarName:
    """Facts that the file name of a sidecar states.

    Attributes:
        stem: stem of the video.
        language: language code; None if the name states none.
        is_forced: only foreign-language parts, which are not a transcript.
        is_for_deaf: noises are described too.
    """

    stem: str
    language: str | None
    is_forced: bool
    is_for_deaf: bool


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A usable sidecar, beside the original or kept."""

    path: Path
    language: str | None
    is_for_deaf: bool = False

    @property
    def kept_name(self) -> str:
        kind = "-sdh" if self.is_for_deaf else ""
        return f"{self.language or NO_LANGUAGE}.{_MARK}{kind}{self.path.suffix.lower()}"


def parse_name(name: str, stems: Container[str]) -> SidecarName | None:
    """Return what a file name states if it consists of the longest of `stems` and known tags.

    Args:
        stems: stems of the videos in the folder, as `normalised` returns them.
    """
    if extension_of(name) not in CAPTION_SUFFIXES:
        return None
    stem, _ = os.path.splitext(name)  # noqa: PTH122 - as in `extension_of`
    tags: list[str] = []
    while normalised(stem) not in stems:
        stem, dot, tag = stem.rpartition(".")
        if not dot or len(tags) == MAX_TAGS or not _is_tag(tag):
            return None
        tags.insert(0, tag.lower())
    language = next((code for tag in tags if (code := _language(tag, tags)) is not None), None)
    flags = frozenset(tags[1:] if language and tags[0] == "hi" else tags)
    return SidecarName(
        normalised(stem), language, is_forced=bool(flags & _FORCED), is_for_deaf=bool(flags & _FOR_DEAF)
    )


def normalised(stem: str) -> str:
    """Return the form in which stems are compared: file systems keep composed and decomposed letters."""
    return unicodedata.normalize("NFC", stem)


def _is_tag(tag: str) -> bool:
    return tag.lower() in _FORCED | _FOR_DEAF | _OTHER_TAGS or known_language(tag) is not None


def _language(tag: str, tags: list[str]) -> str | None:
    """Return the language of a tag. `hi` is Hindi if it is the first tag, else it marks descriptions."""
    if tag in _FORCED | _OTHER_TAGS or (tag in _FOR_DEAF and (tag != "hi" or tags[0] != "hi")):
        return None
    return known_language(tag)


def find_sidecars(original: Path) -> list[Sidecar]:
    """Return the usable sidecars of a local original, those without descriptions of noises first. Blocks."""
    try:
        with os.scandir(original.parent) as listing:
            names = [entry.name for entry in listing]
    except OSError as error:
        logger.warning("captions beside %s not found: %s", original.name, error.strerror or error)
        return []
    stems = {normalised(os.path.splitext(name)[0]) for name in names if is_video_name(name)}  # noqa: PTH122
    own = normalised(original.stem)
    found = []
    for name in sorted(names):
        parsed = parse_name(name, stems)
        if parsed is None or parsed.stem != own or parsed.is_forced:
            continue
        if _is_usable(path := original.with_name(name)):
            found.append(Sidecar(path, parsed.language, parsed.is_for_deaf))
    unique = {sidecar.kept_name: sidecar for sidecar in reversed(found)}
    return sorted(unique.values(), key=lambda sidecar: (sidecar.is_for_deaf, sidecar.kept_name))


def copy_sidecars(original: Path, copy: Path) -> None:
    """Copy the sidecars of a video beside a copy of it, under its name; existing files stay. Blocks.

    Raises:
        DiskFullError, LocalFileError: a file cannot be read or written.
    """
    for sidecar in find_sidecars(original):
        target = copy.with_name(copy.stem + sidecar.path.name[len(original.stem) :])
        if not target.exists():
            _copy(sidecar.path, target)


def _is_usable(path: Path) -> bool:
    """Return whether it is a regular file of this folder, with a plausible size."""
    try:
        status = path.lstat()
    except OSError:
        return False
    if not stat.S_ISREG(status.st_mode):  # a link may lead to any file of the machine
        return False
    if status.st_size > MAX_BYTES:
        logger.warning("%s ignored: captions of more than %d MiB", path.name, MAX_BYTES >> 20)
        return False
    return True


def parse_kept_name(path: Path) -> Sidecar | None:
    """Return the kept file as a sidecar; None for captions of the site."""
    language, dot, mark = path.stem.partition(".")
    if not dot or mark not in {_MARK, f"{_MARK}-sdh"}:
        return None
    return Sidecar(path, known_language(language), is_for_deaf=mark != _MARK)


async def keep_sidecars(
    video_id: str, original: Path, *, settings: Settings, uploader: "GCSUploader"
) -> list[str]:
    """Keep copies of the sidecars beside a local original; return the names of the new or changed ones.

    A copy whose sidecar was removed is deleted, unless another machine made it.

    Raises:
        StorageError: an object cannot be written or deleted.
        LocalFileError: a file cannot be read or written.
    """
    folder = settings.captions_dir / video_id
    changed, removed = await run_in_thread(compare_kept, folder, original)
    for name, path in changed.items():
        await uploader.store(path, uploader.caption_path(video_id, name))
        await run_in_thread(_copy, path, folder / name)
    for name in removed:
        await uploader.delete_object(uploader.caption_path(video_id, name))
        await run_in_thread(partial((folder / name).unlink, missing_ok=True))
    return list(changed)


def compare_kept(folder: Path, original: Path) -> tuple[dict[str, Path], set[str]]:
    """Return new and changed sidecars by their kept names, and the kept names without a sidecar. Blocks.

    Args:
        folder: folder of the kept captions.

    Raises:
        LocalFileError: a file cannot be read.
    """
    found = {sidecar.kept_name: sidecar.path for sidecar in find_sidecars(original)}
    kept = _kept_versions(folder)
    changed = {name: path for name, path in found.items() if kept.get(name) != _version(path)}
    return changed, kept.keys() - found.keys()


def _kept_versions(folder: Path) -> dict[str, tuple[int, int]]:
    if not folder.is_dir():
        return {}
    return {path.name: _version(path) for path in folder.iterdir() if parse_kept_name(path) is not None}


def _version(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise FileUnreadableError(f"{path} cannot be read: {error.strerror or error}") from error
    return status.st_size, status.st_mtime_ns


def _copy(source: Path, target: Path) -> None:
    """Copy a file with its time, which later calls compare."""
    try:
        before, content = source.stat(), source.read_bytes()
    except OSError as error:
        raise FileUnreadableError(f"{source} cannot be read: {error.strerror or error}") from error
    atomic_write(target, content)
    with mapped_write_errors(target):
        os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))
