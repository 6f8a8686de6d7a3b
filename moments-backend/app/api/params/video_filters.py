"""Query parameters that select videos by their properties; the list and the search share them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from app.models.schemas import Language
from app.models.storage import Location
from app.models.tags import Tag
from app.models.text import NoNulStr
from app.repositories.video_filter import Quality, Source, VideoFilter, VideoState, Watched
from app.services.library.local_conditions import LocalConditions


def _not_a_number(value: Any) -> Any:
    """Reject `2023`, which Pydantic would parse as seconds since 1970."""
    if isinstance(value, str) and "-" not in value[1:]:
        raise ValueError("must be a date such as 2024-01-31")
    return value


Day = Annotated[date | datetime, BeforeValidator(_not_a_number)]


Size = Annotated[int, Field(ge=0, le=2**63 - 1)]
MAX_TAG_FILTERS = 20


def _as_list(value: Any) -> Any:
    """Accept one value in place of a list, as saved views may contain it."""
    return [value] if isinstance(value, str) else value


class VideoFilterParams(BaseModel):
    """Filters by properties of videos."""

    min_duration: Annotated[
        float | None, Field(ge=0, allow_inf_nan=False, description="Minimum duration in seconds.")
    ] = None
    max_duration: Annotated[
        float | None, Field(ge=0, allow_inf_nan=False, description="Maximum duration in seconds.")
    ] = None
    quality: Annotated[
        Quality | None,
        Field(
            description="Smaller side of the picture: `sd` below 720, `hd` below 1080, `fullhd` below 2160,"
            " `uhd` from 2160 pixels."
        ),
    ] = None
    has_transcript: Annotated[
        bool | None, Field(description="Filter by a transcript in the local folder.")
    ] = None
    has_speech: Annotated[
        bool | None,
        Field(description="Filter by the indexed transcript: true, it contains speech; false, it is empty."),
    ] = None
    language: Annotated[
        Language | None, Field(description="Filter by spoken language, such as `en` or `German`.")
    ] = None
    source: Annotated[
        Source | None, Field(description="Filter by origin: downloaded from a link, or added as a file.")
    ] = None
    channel: Annotated[NoNulStr | None, Field(description="Filter by the channel's full name.")] = None
    folder: Annotated[
        NoNulStr | None,
        Field(
            description="Filter by the folder of the original; includes its subfolders. Empty: all folders,"
            " and videos without one."
        ),
    ] = None
    tag: Annotated[
        list[Tag],
        BeforeValidator(_as_list),
        Field(max_length=MAX_TAG_FILTERS, description="Filter by tag; repeatable, a video must have all."),
    ] = []
    favorite: Annotated[bool | None, Field(description="Filter by favourites.")] = None
    watched: Annotated[
        Watched | None,
        Field(
            description="`never`: not played yet; `in_progress`: left before the end; `finished`: played to"
            " the end."
        ),
    ] = None
    state: Annotated[
        VideoState | None,
        Field(
            description="`processing`: a run is queued or active; `failed`: the last run for moments failed;"
            " `no_transcript`: no transcript is indexed; `no_playback`: browsers cannot play the original,"
            " and its copy is missing; `damaged`: the last verification found a problem."
        ),
    ] = None
    location: Annotated[
        Location | None,
        Field(
            description="`bucket`: the original is not in the local folder; `both`: it is; `local`: it is,"
            " and the last verification did not find it in the bucket."
        ),
    ] = None
    min_size: Annotated[Size | None, Field(description="Minimum size of the original in bytes.")] = None
    max_size: Annotated[Size | None, Field(description="Maximum size of the original in bytes.")] = None
    added_from: Annotated[
        Day | None, Field(description="Earliest time of registration, in the form of `recorded_from`.")
    ] = None
    added_to: Annotated[
        Day | None, Field(description="Latest time of registration, in the form of `recorded_to`.")
    ] = None
    recorded_from: Annotated[
        Day | None,
        Field(description="Earliest recording time: `2024-01-31`, or with time and zone. UTC by default."),
    ] = None
    recorded_to: Annotated[
        Day | None,
        Field(description="Latest recording time; a date includes the whole day. UTC by default."),
    ] = None

    def to_filter(self) -> VideoFilter:
        """Return the conditions on the table; `local_conditions` adds those on local files."""
        return VideoFilter(
            min_duration=self.min_duration,
            max_duration=self.max_duration,
            quality=self.quality,
            min_size=self.min_size,
            max_size=self.max_size,
            source=self.source,
            channel=self.channel,
            folder=(self.folder or "").strip("/") or None,
            tags=tuple(self.tag) or None,
            favorite=self.favorite,
            language=self.language,
            has_speech=self.has_speech,
            state=self.state,
            watched=self.watched,
            added_from=_first_moment(self.added_from),
            added_before=_end(self.added_to),
            recorded_from=_first_moment(self.recorded_from),
            recorded_before=_end(self.recorded_to),
        )

    def local_conditions(self) -> LocalConditions:
        """Return the conditions that depend on local files."""
        return LocalConditions(self.has_transcript, self.location)


def _first_moment(day: date | datetime | None) -> datetime | None:
    if day is None:
        return None
    found = day if isinstance(day, datetime) else datetime.combine(day, time())
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC)
    except OverflowError:  # the first or the last day of the calendar
        return found.replace(tzinfo=UTC)


def _end(day: date | datetime | None) -> datetime | None:
    """Return the first time after `day`."""
    first = _first_moment(day)
    if first is None:
        return None
    try:
        return first + (timedelta(microseconds=1) if isinstance(day, datetime) else timedelta(days=1))
    except OverflowError:  # 9999-12-31
        return None
