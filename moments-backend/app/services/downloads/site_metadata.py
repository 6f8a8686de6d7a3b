"""Metadata of a video on its site: title, description, channel, date, chapters, captions and thumbnail.

The process of yt-dlp writes it as JSON, see `app.services.downloads.yt_dlp_process`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from app.models.media_info import Chapter
from app.models.text import clean_line, clean_lines

MAX_TITLE = 500
MAX_CHANNEL = 255
MAX_DESCRIPTION = 20_000
MAX_CHAPTERS = 500
CAPTION_EXTENSIONS = frozenset({".vtt", ".srt"})

_MAX_SECONDS = 10_000_000
"""Larger numbers are errors, and neither the table nor players can use infinite ones."""

_LANGUAGE = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,3}")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
_LATEST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class CaptionFile:
    """Captions written by people, as WebVTT or SRT.

    Attributes:
        language: language tag, such as `en` or `pt-BR`.
    """

    language: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMetadata:
    """Metadata of one video; the files are in the folder of the download."""

    title: str | None = None
    description: str | None = None
    channel: str | None = None
    published_at: datetime | None = None
    chapters: tuple[Chapter, ...] = ()
    captions: tuple[CaptionFile, ...] = ()
    thumbnail: Path | None = None

    @classmethod
    def parse(cls, found: Mapping[str, Any], folder: Path) -> Self:
        """Read the JSON; skip values and files that are not usable.

        Args:
            folder: the folder of the download, from which no file may lead outside.
        """
        return cls(
            title=_line(found.get("title"), MAX_TITLE),
            description=_lines(found.get("description"), MAX_DESCRIPTION),
            channel=_line(found.get("channel"), MAX_CHANNEL),
            published_at=_time(found.get("published_at")),
            chapters=tuple(_chapters(found.get("chapters") or ())),
            captions=tuple(_captions(found.get("captions") or {}, folder)),
            thumbnail=_file(found.get("thumbnail"), folder),
        )

    def moved_to(self, folder: Path) -> Self:
        """Move the files to `folder`, which is created only if there are any."""
        captions = tuple(
            replace(caption, path=_moved(caption.path, folder, f"{caption.language}{caption.path.suffix}"))
            for caption in self.captions
        )
        thumbnail = self.thumbnail and _moved(self.thumbnail, folder, f"thumbnail{self.thumbnail.suffix}")
        return replace(self, captions=captions, thumbnail=thumbnail)


@dataclass(frozen=True, slots=True)
class Download:
    """A downloaded video, and what the site states about it; None for a plain file."""

    file: Path
    site: SiteMetadata | None = None


def _line(value: Any, length: int) -> str | None:
    return clean_line(value, length) or None if isinstance(value, str) else None


def _lines(value: Any, length: int) -> str | None:
    return clean_lines(value, length) or None if isinstance(value, str) else None


def _time(value: Any) -> datetime | None:
    """Return the time of a number of seconds since 1970, or of a day as `YYYYMMDD`, in UTC."""
    try:
        if isinstance(value, str):
            return datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC)
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return datetime.fromtimestamp(seconds, UTC) if _EARLIEST <= seconds < _LATEST else None


def _chapters(found: Iterable[Mapping[str, Any]]) -> Iterable[Chapter]:
    for chapter in list(found)[:MAX_CHAPTERS]:
        start, end = chapter.get("start_time"), chapter.get("end_time")
        if isinstance(start, (int, float)) and 0 <= start <= _MAX_SECONDS:
            is_valid = isinstance(end, (int, float)) and start < end <= _MAX_SECONDS
            yield Chapter(
                start_seconds=start,
                end_seconds=end if is_valid else None,
                title=_line(chapter.get("title"), MAX_TITLE),
            )


def _captions(found: Mapping[str, str], folder: Path) -> Iterable[CaptionFile]:
    for language, path in found.items():
        file = _file(path, folder)
        if file and _LANGUAGE.fullmatch(language) and file.suffix.lower() in CAPTION_EXTENSIONS:
            yield CaptionFile(language, file)


def _file(path: Any, folder: Path) -> Path | None:
    if not isinstance(path, str):
        return None
    file = Path(path)
    is_inside = file.resolve().parent == folder.resolve()
    return file if is_inside and file.is_file() and not file.is_symlink() else None


def _moved(file: Path, folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    return file.replace(folder / name)
