"""Each order of the list uses its index on every page."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.config import Settings
from app.database.read_pool import PLANNER
from app.repositories.video_list_query import Order, Sort, statement
from tests.fixtures.library import Library

pytestmark = pytest.mark.slow

ROWS = 3_000
MIDDLE = datetime(2026, 2, 8, tzinfo=UTC)
KEYS = {
    Sort.CREATED_AT: MIDDLE.replace(tzinfo=None),
    Sort.TITLE: f"talk {1500:020}",
    Sort.DURATION_SECONDS: 1500.0,
    Sort.ID: "talk-1500",
    Sort.RECORDED_AT: MIDDLE.isoformat(),
    Sort.SIZE_BYTES: 1500,
    Sort.LAST_WATCHED_AT: MIDDLE.isoformat(),
}


@pytest.fixture
def filled(settings: Settings) -> Library:
    """Return a library whose rows are stored in none of the orders."""
    library = Library(settings)
    library.execute(
        "INSERT INTO videos (identifier, cloud_url, duration_seconds, size_bytes, created_at, recorded_at,"
        " last_watched_at, deleted_at)"
        " SELECT 'talk-' || n, 'gs://b/' || n, n * 7919 %% %s, n * 7919 %% %s,"
        " %s::timestamptz + (n * 104729 %% %s - 1500) * interval '1 s',"
        " %s::timestamptz + (n * 7919 %% %s - 1500) * interval '1 s',"
        " %s::timestamptz + (n * 7919 %% %s - 1500) * interval '1 s',"
        " CASE WHEN n %% 2 = 0 AND n < 1000 THEN now() END"
        " FROM generate_series(1, %s) n",
        *(ROWS, ROWS),
        *(MIDDLE, ROWS),
        *(MIDDLE, ROWS),
        *(MIDDLE, ROWS),
        ROWS,
    )
    with library.connection() as connection:
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE videos")
    return library


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


def test_rare_tag_reads_only_its_videos(filled: Library) -> None:
    query = statement(Sort.TITLE, Order.ASCENDING, continues=False, rows=51, is_chosen=True)
    with filled.connection() as connection:
        connection.execute(PLANNER)
        ((plan,),) = connection.execute(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {query}".encode(), {"chosen": [1500, 7, 2999]}
        ).fetchall()
    found = nodes(plan[0]["Plan"])
    assert max(node["Actual Rows"] for node in found) == 3
    assert all(node.get("Rows Removed by Filter", 0) == 0 for node in found)


@pytest.mark.parametrize("continues", [False, True], ids=["first", "later"])
@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("sort", Sort)
def test_page_uses_only_an_index_scan(filled: Library, sort: Sort, order: Order, continues: bool) -> None:
    query = statement(sort, order, continues=continues, rows=51)
    with filled.connection() as connection:
        connection.execute(PLANNER)
        connection.execute("SET plan_cache_mode = force_generic_plan")
        ((plan,),) = connection.execute(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {query}".encode(),
            {"key": KEYS[sort], "id": 1500},
            prepare=True,
        ).fetchall()
    found = nodes(plan[0]["Plan"])
    assert [node["Node Type"] for node in found] == ["Limit", "Index Scan"]
    assert found[1]["Actual Rows"] == 51
    assert found[1].get("Rows Removed by Filter", 0) == 0
