"""Edits applied to generated moments; pure functions without a server."""

import pytest

from app.database.models import MomentEdit
from app.models.moment import Moment
from app.services.moments.edited_moments import BY_USER, apply_edits

A, B, C, REFINED = "a" * 16, "b" * 16, "c" * 16, "d" * 16


def moment(moment_id: str, start: float, end: float, **fields: object) -> Moment:
    return Moment.model_validate(
        {"id": moment_id, "start_time": start, "end_time": end, "title": moment_id, "score": 5} | fields
    )


def edit(moment_id: str, start: float = 0, end: float = 10, **fields: object) -> MomentEdit:
    defaults: dict[str, object] = {
        "is_kept": False,
        "is_edited": False,
        "is_deleted": False,
        "rating": None,
        "title": None,
    }
    defaults |= {"is_purged": False, "replaces": []}
    kept = moment(moment_id, start, end).model_dump(mode="json")
    return MomentEdit(video_identifier="talk", moment_id=moment_id, moment=kept, **(defaults | fields))


FOUND = [moment(A, 0, 10), moment(B, 20, 30), moment(REFINED, 1, 9, is_refined=True, parent_id=A)]


def test_without_edits_nothing_changes() -> None:
    shown = apply_edits(FOUND, [])
    assert [Moment.model_validate(one.model_dump(include=set(Moment.model_fields))) for one in shown] == FOUND
    assert [(one.rating, one.is_kept, one.is_edited) for one in shown] == [(None, False, False)] * 3


def test_edit_applies_to_the_refined_moment() -> None:
    shown = apply_edits(FOUND, [edit(A, rating=4, is_kept=True, title="Mine")])
    assert [(one.id, one.rating, one.is_kept, one.title) for one in shown] == [
        (A, 4, True, "Mine"),
        (B, None, False, B),
        (REFINED, 4, True, "Mine"),
    ]


def test_deletion_hides_the_refined_moment() -> None:
    assert [one.id for one in apply_edits(FOUND, [edit(A, is_deleted=True)])] == [B]
    assert apply_edits([], [edit(A, is_deleted=True, is_kept=True)]) == []


def test_kept_moment_replaces_overlapping_results() -> None:
    kept = edit(C, 5, 15, is_kept=True)
    again, elsewhere = moment(A, 4, 14), moment(B, 14, 24)
    assert [one.id for one in apply_edits([again, elsewhere], [kept])] == [C, B]
    assert [one.id for one in apply_edits([], [kept])] == [C]


def test_edited_result_is_not_replaced() -> None:
    shown = apply_edits([moment(A, 0, 10)], [edit(C, 0, 10, is_kept=True), edit(A, rating=5)])
    assert {one.id for one in shown} == {A, C}


def test_trimmed_moment_stays_without_being_kept() -> None:
    (one,) = apply_edits([], [edit(C, is_edited=True)])
    assert (one.id, one.is_edited, one.is_kept) == (C, True, False)


def test_unkept_moment_disappears_with_its_document() -> None:
    assert apply_edits([], [edit(C, rating=3)]) == []


def test_order_is_by_time_with_refined_last() -> None:
    shown = apply_edits(FOUND, [edit(C, 40, 50, is_kept=True), edit(B, rating=1)])
    assert [one.id for one in shown] == [A, B, C, REFINED]


def test_edits_inside_the_document_are_ignored() -> None:
    (one,) = apply_edits([moment(A, 0, 10, is_kept=True, rating=5)], [])
    assert (one.is_kept, one.rating) == (False, None)


@pytest.mark.parametrize(
    ("start", "end", "is_shown"), [(0, 10, False), (0.5, 10.5, False), (1, 8.5, True), (0, 20, True)]
)
def test_deletion_hides_repeated_results(start: float, end: float, is_shown: bool) -> None:
    """Ids change with the engine's version; other boundaries make another moment."""
    again = [moment(C, start, end)]
    assert bool(apply_edits(again, [edit(A, 0, 10, is_deleted=True)])) is is_shown
    assert apply_edits(again, [edit(A, 0, 10, is_deleted=True, is_edited=True)])


def test_merged_moment_replaces_overlapping_results() -> None:
    merged = edit(C, 0, 40, is_kept=True, is_edited=True)
    merged.moment |= {"model": BY_USER}
    found = [moment(A, 20, 30)]
    assert [one.id for one in apply_edits(found, [merged])] == [C, A]
    merged.replaces = [A, B]
    assert [one.id for one in apply_edits([moment(A, 20, 30)], [merged])] == [C]


def test_replaced_moments_are_named_while_restorable() -> None:
    trimmed = edit(C, is_kept=True, is_edited=True, replaces=[A, B])
    deleted = edit(A, 50, 60, is_deleted=True)
    purged = edit(B, 70, 80, is_deleted=True, is_purged=True)
    assert [one.replaces for one in apply_edits([], [trimmed, deleted, purged])] == [[A]]
    assert [one.replaces for one in apply_edits([], [trimmed])] == [[]]
