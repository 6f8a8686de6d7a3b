"""The ranges that a request selects."""

from typing import Any

import pytest

from app.core.exceptions import InvalidRequestError, ResultNotFoundError
from app.database.models import Video
from app.models.export import ExportCreate
from app.models.moment import MomentRead
from app.services.exports.selection import SelectedRange, select_ranges

VIDEO = Video(identifier="why-tides", title=None, duration_seconds=60.0)


def moment(number: int, start: float, **fields: Any) -> MomentRead:
    return MomentRead(
        id=f"{number:016x}",
        start_time=start,
        end_time=start + 5,
        title=f"Moment {number}",
        score=5,
        **fields,
    )


FIRST, SECOND = moment(1, 30), moment(2, 10)
REFINED = moment(3, 31, is_refined=True, parent_id=FIRST.id)


def selected(*moments: MomentRead, **wanted: Any) -> list[SelectedRange]:
    return select_ranges(VIDEO, moments or None, ExportCreate.model_validate(wanted))


def test_range_gets_a_title() -> None:
    (found,) = selected(start_time=1.23456, end_time=12)
    assert found == SelectedRange(1.235, 12.0, "Why Tides 00.01–00.12")


def test_moments_keep_the_order_of_the_request() -> None:
    found = selected(FIRST, SECOND, moment_ids=[FIRST.id, SECOND.id, FIRST.id])
    assert [item.title for item in found] == ["Moment 1", "Moment 2"]


def test_all_moments_are_refined_where_possible() -> None:
    found = selected(FIRST, SECOND, REFINED, moments="all")
    assert [item.moment for item in found] == [SECOND, REFINED]


@pytest.mark.parametrize(
    "wanted", [{"moment_ids": ["00000000000000ff"]}, {"moments": "all"}], ids=["unknown", "none"]
)
def test_missing_moments_are_named(wanted: dict[str, Any]) -> None:
    with pytest.raises(ResultNotFoundError, match="why-tides"):
        selected(**wanted)


@pytest.mark.parametrize(
    ("start", "end", "cause"),
    [
        (10, 10.1, "0.1 s; exports have"),
        (60, 70, "exceeds the video, which ends at 60 s"),
        (50, 61, "exceeds the video"),
    ],
)
def test_unusable_ranges_are_rejected(start: float, end: float, cause: str) -> None:
    with pytest.raises(InvalidRequestError, match=cause):
        selected(start_time=start, end_time=end)


def test_rounded_end_of_the_video_is_accepted() -> None:
    (found,) = selected(start_time=50, end_time=60.4)
    assert found.end == 60.0
