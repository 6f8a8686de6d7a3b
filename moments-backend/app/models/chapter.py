"""Chapters of a video. Times are seconds from its start."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.models.media_info import MediaInfo
from app.models.text import Line, clean_line
from app.models.transcript import Seconds

ChapterSource = Literal["user", "site", "file", "topics"]
"""Origin of chapters, in order of precedence."""

MAX_CHAPTERS = 500
MAX_TITLE_LENGTH = 200


def _with_text(title: str) -> str:
    if not (stripped := title.strip()):
        raise ValueError("must not be empty")
    return stripped


class Chapter(BaseModel):
    """A chapter as documents store it; their list states its origin."""

    model_config = ConfigDict(frozen=True)

    start_time: Seconds = Field(description="Start in seconds of the video.")
    end_time: Seconds = Field(description="End in seconds of the video.")
    title: str = Field(description="Title, one line.")


class ChapterRead(Chapter):
    """A chapter of the list that applies to a video."""

    source: ChapterSource = Field(
        description="`user`: edited; `site`, `file`: stated by them; `topics`: found in the transcript."
    )


class ChapterUpdate(BaseModel):
    """A chapter of a list that replaces the chapters of a video."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_time: Seconds = Field(description="Start in seconds of the video.")
    end_time: Seconds | None = Field(
        default=None, description="By default the start of the next chapter, or the end of the video."
    )
    title: Annotated[Line, Field(max_length=MAX_TITLE_LENGTH), AfterValidator(_with_text)]
    source: ChapterSource | None = Field(
        default=None, description="Ignored, so that the answer of GET can be sent back."
    )


class ChapterDocument(BaseModel):
    """The content of `chapters/{video_id}.json`: chapters that neither the site nor the file states."""

    model_config = ConfigDict(frozen=True)

    user: list[Chapter] | None = Field(default=None, description="The user's list; null if not edited.")
    topics: list[Chapter] | None = Field(
        default=None, description="From the transcript; null if not searched."
    )


def effective_chapters(
    document: ChapterDocument | None, media: MediaInfo, duration: float | None
) -> list[ChapterRead]:
    """Return the chapters that apply: the user's, else those of the site or the file, else the topics."""
    document = document or ChapterDocument()
    if document.user is not None:
        return _with_source(document.user, "user")
    if stated := stated_chapters(media, duration):
        return _with_source(stated, media.chapters_source)
    return _with_source(document.topics or (), "topics")


def stated_chapters(media: MediaInfo, duration: float | None) -> list[Chapter]:
    """Return the chapters of the site or the file, in order, inside the video and without overlap."""
    longest = duration if duration is not None else float("inf")
    by_start = {
        chapter.start_seconds: chapter
        for chapter in sorted(media.chapters, key=lambda chapter: -chapter.start_seconds)
        if 0 <= chapter.start_seconds < longest
    }
    starts = sorted(by_start)[:MAX_CHAPTERS]
    found = []
    for number, (start, following) in enumerate(pairwise([*starts, longest]), start=1):
        chapter = by_start[start]
        end = min(following, longest if chapter.end_seconds is None else chapter.end_seconds)
        if end <= start or end == float("inf"):
            end = start if following == float("inf") else following
        title = clean_line(chapter.title or "", MAX_TITLE_LENGTH) or f"Chapter {number}"
        found.append(Chapter(start_time=round(start, 3), end_time=round(end, 3), title=title))
    return found


def _with_source(chapters: Sequence[Chapter], source: ChapterSource) -> list[ChapterRead]:
    return [ChapterRead(**chapter.model_dump(), source=source) for chapter in chapters]
