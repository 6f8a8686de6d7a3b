"""Results of a search across the library."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MAX_QUERY = 1000
"""Characters of a query; longer ones are rejected."""


class SearchMode(StrEnum):
    """Way of matching: by words, by meaning, or by words first and meaning second."""

    AUTO = "auto"
    WORDS = "words"
    MEANING = "meaning"


class HitKind(StrEnum):
    """Text that contains a hit."""

    SEGMENT = "segment"
    TITLE = "title"
    DESCRIPTION = "description"
    CHANNEL = "channel"
    TAG = "tag"
    MOMENT = "moment"
    CHAPTER = "chapter"


class HitMatch(StrEnum):
    """Reason for a hit; `words` if both apply."""

    WORDS = "words"
    MEANING = "meaning"


class NoticeCode(StrEnum):
    """Kinds of remarks about a search."""

    SPELLING_CORRECTED = "spelling-corrected"
    MEANING_UNAVAILABLE = "meaning-unavailable"
    MEANING_PENDING = "meaning-pending"
    LIMITED = "limited"
    QUERY_CUT = "query-cut"
    EMPTY_QUERY = "empty-query"
    NOTHING_FOUND = "nothing-found"


class SearchNotice(BaseModel):
    """A remark about how the query was searched."""

    model_config = ConfigDict(frozen=True)

    code: NoticeCode
    message: str


class SearchVideo(BaseModel):
    """The video of a hit."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    thumbnail_url: str
    duration_seconds: float | None


Range = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]


class SearchHit(BaseModel):
    """One sentence, name or title that matches."""

    model_config = ConfigDict(frozen=True)

    video: SearchVideo
    kind: HitKind
    start_time: float = Field(description="Seconds; 0 for a hit in a title, description, channel or tag.")
    end_time: float
    text: str
    highlights: list[Range] = Field(
        description="Matches in `text` as half-open ranges of characters (Unicode code points); empty for a"
        " hit by meaning."
    )
    before: str = Field(description="Spoken text before the hit; empty for other kinds than `segment`.")
    after: str = Field(description="Spoken text after the hit.")
    match: HitMatch = Field(description="`meaning`: found by meaning alone.")
    score: float = Field(description="Higher is better; comparable within one search only.")
    segment_index: int | None = Field(default=None, description="Index of the transcript's segment.")
    moment_id: str | None = Field(default=None, description="The moment of a hit of kind `moment`.")
    more_in_video: int = Field(
        default=0,
        description="Further hits of this video that the page folds; list them with `video_id`.",
    )


class SearchResults(BaseModel):
    """One page of hits, best first."""

    model_config = ConfigDict(frozen=True)

    query: str
    mode: SearchMode = Field(description="The requested mode.")
    total: int = Field(description="Number of hits on all pages, including those folded by `more_in_video`.")
    hits: list[SearchHit]
    corrected_query: str | None = Field(
        default=None, description="The query that was searched instead, with misspelt words replaced."
    )
    notices: list[SearchNotice] = Field(default=[], description="Remarks for the user, in order.")
