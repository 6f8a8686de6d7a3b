"""Every change of what a sidecar contains is queued, by whatever program it is made."""

from typing import Any

import pytest

from tests.fixtures.library import Library
from tests.services.sidecars.support import library_rows

NEW_VALUES = library_rows.COLUMNS | {"size_bytes": 7, "md5": "f" * 32}
IGNORED = {
    "verified_at": library_rows.WHEN,
    "verification_error": "gone",
    "purge_scope": "bucket",
}


def queued(library: Library) -> list[int]:
    """Return the queued videos, and empty the backlog."""
    with library.connection() as connection:
        rows = connection.execute("DELETE FROM sidecar_backlog RETURNING video_id").fetchall()
    return sorted({row[0] for row in rows})


@pytest.fixture
def video(library: Library) -> int:
    number = library_rows.add_video(library, "talk")
    library_rows.add_video(library, "other")
    assert len(queued(library)) == 2
    return number


def test_changes_of_each_column_are_queued(library: Library, video: int) -> None:
    for column, value in NEW_VALUES.items():
        with library.connection() as connection:
            connection.execute(f"UPDATE videos SET {column} = %s WHERE id = %s".encode(), (value, video))
        assert queued(library) == [video], column
    for column, value in IGNORED.items():
        with library.connection() as connection:
            connection.execute(f"UPDATE videos SET {column} = %s WHERE id = %s".encode(), (value, video))
        assert queued(library) == [], column
    library.execute("UPDATE videos SET title = title")
    assert queued(library) == []


def test_changes_of_other_tables_are_queued(library: Library, video: int) -> None:
    rows: dict[str, dict[str, Any]] = {
        "moment_marks": library_rows.mark("talk"),
        "transcript_changes": library_rows.change("talk"),
        "chapters": library_rows.chapter(video),
        "moment_feedback": library_rows.feedback(video),
        "exports": library_rows.export(library, video, "talk"),
        "vocabulary_terms": {"term": "Kepler"},
    }
    for table, values in rows.items():
        expected = [0] if table == "vocabulary_terms" else [video]
        library_rows.insert(library, table, values)
        assert queued(library) == expected, table
        library.execute(f"UPDATE {table} SET {next(iter(values))} = {next(iter(values))}")
        assert queued(library) == expected, table
        library.execute(f"DELETE FROM {table}")
        assert queued(library) == expected, table


def test_unfinished_exports_are_not_queued(library: Library, video: int) -> None:
    library_rows.insert(library, "exports", library_rows.export(library, video, "talk", "processing"))
    assert queued(library) == []
    library.execute("UPDATE exports SET state = 'completed'")
    assert queued(library) == [video]


def test_undone_changes_are_not_queued(library: Library, video: int) -> None:
    with library.connection() as connection:
        connection.execute("UPDATE videos SET title = 'x'")
        connection.rollback()
    assert queued(library) == []


def test_concurrent_changes_do_not_wait(library: Library, video: int) -> None:
    with library.connection() as first, library.connection() as second:
        second.execute("SET lock_timeout = '2s'")
        first.execute("INSERT INTO vocabulary_terms VALUES ('a')")
        values = library_rows.change("talk")
        first.execute(
            b"INSERT INTO transcript_changes (video_identifier, action, change) VALUES (%s, %s, %s)",
            list(values.values()),
        )
        second.execute("UPDATE videos SET watch_position = 3 WHERE id = %s", (video,))
        second.execute("DELETE FROM videos WHERE id = %s", (video,))
        second.commit()
    assert queued(library) == [0, video]


def test_a_deletion_is_not_queued(library: Library, video: int) -> None:
    for part in range(3):
        library_rows.insert(library, "chapters", library_rows.chapter(video, part))
    queued(library)
    library.execute("DELETE FROM videos WHERE id = %s", video)
    assert queued(library) == []
