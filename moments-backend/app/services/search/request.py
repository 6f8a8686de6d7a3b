"""A search as the service receives it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from app.models.search import HitKind, SearchMode
from app.repositories.video_filter import VideoFilter
from app.services.library.local_conditions import NO_LOCAL_CONDITIONS, LocalConditions


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
    local: LocalConditions = NO_LOCAL_CONDITIONS
    limit: int = 20
    after: HitPosition | None = None
    """The last hit of the previous page."""
