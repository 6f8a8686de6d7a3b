"""Feedback on moments: recorded on a real PostgreSQL, and turned into weights."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.ai.moments.feature_weights import FeatureWeights, Mark, estimate_weights
from app.core.config import Settings
from app.database.models import MomentFeedback
from app.models.moment import Moment
from app.repositories import video_db_repository
from app.services.moments import feedback
from app.services.moments.feedback import load_weights, marks_of, record

SessionFactory = async_sessionmaker[AsyncSession]


def moment(number: int, **fields: Any) -> Moment:
    values = {"id": f"{number:016x}", "start_time": 1.5, "end_time": 9.5, "title": "T", "score": 5.0}
    return Moment.model_validate(values | {"model": "extractive", "prompt_version": "v"} | fields)


def scores(number: int, *, is_liked: bool) -> dict[str, float]:
    """Return features of which only `density` differs between liked and disliked moments."""
    return {
        "density": (0.7 if is_liked else 0.3) + number % 3 / 10,
        "opening": number % 7 / 7,
        "closing": number * 5 % 11 / 11,
        "constant": 0.5,
    }


def row(number: int, action: str, value: float | None = None, **columns: Any) -> MomentFeedback:
    defaults = {"video_id": 1, "moment_id": f"{number:016x}", "scores": {"density": 0.5}}
    return MomentFeedback(**defaults | {"action": action, "value": value} | columns)


async def add_video(session: AsyncSession, name: str = "talk") -> int:
    video = await video_db_repository.create(session, name, f"gs://bucket/videos/{name}/{name}.mp4")
    return video.id


async def rows_of(session: AsyncSession) -> Sequence[MomentFeedback]:
    return (await session.scalars(select(MomentFeedback).order_by(MomentFeedback.id))).all()


async def mark(session: AsyncSession, row_id: int, count: int) -> None:
    """Record marks on `count` moments with every kind of action."""
    good = (("kept", None), ("rated", 5.0), ("rated", 4.0), ("exported", None))
    bad = (("deleted", None), ("rated", 1.0), ("rated", 2.0))
    for number in range(count):
        is_liked = number % 2 == 0
        action, value = (good if is_liked else bad)[number // 2 % (4 if is_liked else 3)]
        one = moment(number, scores=scores(number, is_liked=is_liked))
        await record(session, row_id, one, action, value)  # type: ignore[arg-type]
    await session.commit()


async def test_record_keeps_the_moment(session: AsyncSession) -> None:
    row_id = await add_video(session)
    await record(session, row_id, moment(1, scores={"a": 0.5, "b": float("nan")}), "rated", 4)
    await record(session, row_id, moment(2, model="user", prompt_version=None), "created")
    first, second = await rows_of(session)
    assert (first.video_id, first.moment_id, first.action, first.value) == (row_id, f"{1:016x}", "rated", 4)
    assert (first.start_time, first.end_time, first.model, first.version) == (1.5, 9.5, "extractive", "v")
    assert first.scores == {"a": 0.5}
    assert (second.action, second.value, second.scores, second.version) == ("created", None, None, None)
    assert first.created_at is not None


async def test_edit_that_fails_records_nothing(session_factory: SessionFactory) -> None:
    async with session_factory() as session:
        row_id = await add_video(session)
        await session.commit()
        await record(session, row_id, moment(1), "kept")
        await session.rollback()
        assert await rows_of(session) == []


async def test_repeated_actions_are_one_row(session: AsyncSession) -> None:
    row_id = await add_video(session)
    for rating in (1.0, 5.0, 3.0):
        await record(session, row_id, moment(1), "rated", rating)
    await record(session, row_id, moment(1), "kept")
    await record(session, row_id, moment(2), "rated", 2.0)
    rows = await rows_of(session)
    assert [(one.moment_id[-1], one.action, one.value) for one in rows] == [
        ("1", "rated", 3.0),
        ("1", "kept", None),
        ("2", "rated", 2.0),
    ]


async def test_rows_of_a_video_are_bounded(session: AsyncSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "MAX_ROWS_PER_VIDEO", 5)
    row_id, other_id = await add_video(session), await add_video(session, "other")
    await record(session, other_id, moment(99), "kept")
    for number in range(8):
        await record(session, row_id, moment(number), "kept")
    found = [(one.video_id, int(one.moment_id, 16)) for one in await rows_of(session)]
    assert found == [(other_id, 99), *((row_id, number) for number in range(3, 8))]


async def test_deleted_video_takes_its_feedback(session: AsyncSession) -> None:
    row_id = await add_video(session)
    await record(session, row_id, moment(1), "kept")
    video = await video_db_repository.get_by_id(session, row_id)
    await session.delete(video)
    await session.flush()
    assert await rows_of(session) == []


async def test_weights_follow_what_users_like(session: AsyncSession, settings: Settings) -> None:
    await mark(session, await add_video(session), 60)
    assert (await load_weights(settings)) == FeatureWeights.neutral()  # off by default
    switched_on = settings.model_copy(update={"moment_feedback_weights": True})
    weights = await load_weights(switched_on)
    assert weights.of("density") > 1.8
    for name in ("opening", "closing"):
        assert 0.8 < weights.of(name) < 1.25
    assert weights.of("constant") == weights.of("unknown") == 1.0
    assert await load_weights(switched_on) == weights


async def test_too_few_marks_change_nothing(session: AsyncSession, settings: Settings) -> None:
    await mark(session, await add_video(session), 49)
    switched_on = settings.model_copy(update={"moment_feedback_weights": True})
    assert (await load_weights(switched_on)).is_neutral


def test_later_actions_override_earlier_ones() -> None:
    judged = {
        1: [row(1, "kept"), row(1, "deleted")],
        2: [row(2, "deleted"), row(2, "restored"), row(2, "kept")],
        3: [row(3, "kept"), row(3, "unkept")],
        4: [row(4, "rated", 3.0)],
        5: [row(5, "kept"), row(5, "rated", 1.0)],
        6: [row(6, "exported"), row(6, "rated", 3.0)],
        7: [row(7, "trimmed")],
        8: [row(8, "rated", 5.0), row(8, "rated", None)],
        9: [row(9, "created")],
    }
    verdicts = {number: [one.is_liked for one in marks_of(rows)] for number, rows in judged.items()}
    assert verdicts == {
        1: [False],
        2: [True],
        3: [],
        4: [],
        5: [False],
        6: [True],
        7: [],
        8: [],
        9: [True],
    }


def test_marks_of_other_features_are_left_out() -> None:
    old = row(1, "kept", scores={"novelty": 1.0})
    assert [one.scores for one in marks_of([old, row(2, "kept")])] == [{"density": 0.5}]
    assert marks_of([]) == []


def test_weights_are_bounded_and_repeatable() -> None:
    marks = [Mark({"a": n / 80, "b": 1e9 * (n % 2), "c": -n}, is_liked=n > 40) for n in range(80)]
    weights = estimate_weights(marks)
    assert all(0.5 <= weights.of(name) <= 2.0 for name in "abc")
    assert weights.of("c") < 1 < weights.of("a")
    assert estimate_weights(marks[::-1]) == weights


@pytest.mark.parametrize("liked", [0, 4, 76, 80])
def test_one_kind_of_marks_changes_nothing(liked: int) -> None:
    marks = [Mark({"a": float(n)}, is_liked=n < liked) for n in range(80)]
    assert estimate_weights(marks) == FeatureWeights.neutral()
