"""Query parameters that select videos by their properties; the list and the search share them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from app.models.text import NoNulStr
from app.repositories.video_list_query import Quality, Source, VideoFilter


def _not_a_number(value: Any) -> Any:
    """Reject `2023`, which Pydantic would parse as seconds since 1970."""
    if isinstance(value, str) and "-" not in value[1:]:
        raise ValueError("must be a date such as 2024-01-31")
    return value


Day = Annotated[date | datetime, BeforeValidator(_not_a_number)]


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
    source: Annotated[
        Source | None, Field(description="Filter by origin: downloaded from a link, or added as a file.")
    ] = None
    channel: Annotated[NoNulStr | None, Field(description="Filter by the channel's full name.")] = None
    folder: Annotated[
        NoNulStr | None,
        Field(description="Filter by the folder of the original; includes its subfolders."),
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
        """Return the conditions on the table. `has_transcript` is not a column, so it is not among them."""
        return VideoFilter(
            min_duration=self.min_duration,
            max_duration=self.max_duration,
            quality=self.quality,
            source=self.source,
            channel=self.channel,
            folder=(self.folder or "").strip("/") or None,
            recorded_from=_first_moment(self.recorded_from),
            recorded_before=_end(self.recorded_to),
        )


def _first_moment(day: date | datetime | None) -> datetime | None:
    if day is None:
        return None
    found = day if isinstance(day, datetime) else datetime.combine(day, time())
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _end(day: date | datetime | None) -> datetime | None:
    """Return the first time after `day`."""
    first = _first_moment(day)
    if first is None:
        return None
    return first + (timedelta(microseconds=1) if isinstance(day, datetime) else timedelta(days=1))
