"""A search as the service receives it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from app.models.search import HitKind, SearchMode
from app.repositories.video_list_query import VideoFilter


class HitPosition(NamedTuple):
    """A hit's place in the order of a search: its score, then its identity."""

    score: float
    video: int
    """`videos.id`."""
    kind: HitKind
    number: int
    """Number of the segment, chapter or moment among those of its video; 0 for other kinds."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search."""

    query: str
    mode: SearchMode = SearchMode.AUTO
    video_id: str | None = None
    filter: VideoFilter = field(default_factory=VideoFilter)
    has_transcript: bool | None = None
    """Select videos with or without a transcript in the local folder; None: all videos."""
    limit: int = 20
    after: HitPosition | None = None
    """The last hit of the previous page."""
