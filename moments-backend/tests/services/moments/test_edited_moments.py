"""Users' marks laid over what an engine has found: pure, so without any server."""

from app.database.models import MomentEdit
from app.models.moment import Moment
from app.services.moments.edited_moments import apply_edits

A, B, C, REFINED = "a" * 16, "b" * 16, "c" * 16, "d" * 16


def moment(moment_id: str, start: float, end: float, **fields: object) -> Moment:
    return Moment.model_validate(
        {"id": moment_id, "start_time": start, "end_time": end, "title": moment_id, "score": 5} | fields
    )


def mark(moment_id: str, start: float = 0, end: float = 10, **fields: object) -> MomentEdit:
    defaults = {"is_kept": False, "is_edited": False, "is_deleted": False, "rating": None, "title": None}
    kept = moment(moment_id, start, end).model_dump(mode="json")
    return MomentEdit(video_identifier="talk", moment_id=moment_id, moment=kept, **(defaults | fields))


FOUND = [moment(A, 0, 10), moment(B, 20, 30), moment(REFINED, 1, 9, is_refined=True, parent_id=A)]


def test_without_marks_nothing_changes() -> None:
    shown = apply_edits(FOUND, [])
    assert [Moment.model_validate(one.model_dump(include=set(Moment.model_fields))) for one in shown] == FOUND
    assert [(one.rating, one.is_kept, one.is_edited) for one in shown] == [(None, False, False)] * 3


def test_a_mark_is_for_the_moment_and_for_what_it_was_refined_to() -> None:
    shown = apply_edits(FOUND, [mark(A, rating=4, is_kept=True, title="Mine")])
    assert [(one.id, one.rating, one.is_kept, one.title) for one in shown] == [
        (A, 4, True, "Mine"),
        (B, None, False, B),
        (REFINED, 4, True, "Mine"),
    ]


def test_what_is_deleted_is_gone_with_its_refinement() -> None:
    assert [one.id for one in apply_edits(FOUND, [mark(A, is_deleted=True)])] == [B]
    assert apply_edits([], [mark(A, is_deleted=True, is_kept=True)]) == []


def test_what_is_kept_outlives_its_document_and_stands_for_what_is_found_there_again() -> None:
    kept = mark(C, 5, 15, is_kept=True)
    again, elsewhere = moment(A, 4, 14), moment(B, 14, 24)
    assert [one.id for one in apply_edits([again, elsewhere], [kept])] == [C, B]
    assert [one.id for one in apply_edits([], [kept])] == [C]


def test_what_is_found_there_again_stays_if_somebody_has_marked_it() -> None:
    shown = apply_edits([moment(A, 0, 10)], [mark(C, 0, 10, is_kept=True), mark(A, rating=5)])
    assert {one.id for one in shown} == {A, C}


def test_an_edited_moment_stays_though_it_is_not_kept() -> None:
    (one,) = apply_edits([], [mark(C, is_edited=True)])
    assert (one.id, one.is_edited, one.is_kept) == (C, True, False)


def test_one_that_is_kept_no_more_goes_with_its_document() -> None:
    assert apply_edits([], [mark(C, rating=3)]) == []


def test_the_order_is_that_of_time_and_refined_ones_come_last() -> None:
    shown = apply_edits(FOUND, [mark(C, 40, 50, is_kept=True), mark(B, rating=1)])
    assert [one.id for one in shown] == [A, B, C, REFINED]


def test_flags_that_a_document_has_mean_nothing() -> None:
    (one,) = apply_edits([moment(A, 0, 10, is_kept=True, rating=5)], [])
    assert (one.is_kept, one.rating) == (False, None)
