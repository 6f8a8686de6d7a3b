"""`database/SCHEMA.md`, the models and the migrated database agree."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, DefaultClause, Engine, Table, create_engine, inspect
from sqlalchemy.dialects import postgresql

from app.database.base import Base
from app.database.models import Video

DOCUMENT = Path(__file__).parents[3] / "database" / "SCHEMA.md"
TABLES = sorted(Base.metadata.tables)
COLUMN_CELLS = 6
INDEX_CELLS = 4


def rows_of(table: str, cells: int) -> list[list[str]]:
    """Return the rows of a section's Markdown tables that have this number of cells."""
    section = DOCUMENT.read_text(encoding="utf-8").split(f"\n## `{table}`\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if len(row) == cells and row[0].startswith("`")]


def described(column: Column[object]) -> list[str]:
    """Return the expected first cells of a column's row."""
    kind = column.type.compile(dialect=postgresql.dialect()).lower()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
    default = "sequence" if column is column.table.autoincrement_column else ""
    if isinstance(column.server_default, DefaultClause):
        default = str(column.server_default.arg)
    return [f"`{column.name}`", kind, "yes" if column.nullable else "no", default]


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Exclude the queue's tables, which have no models."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = create_engine(database_url)
    yield made
    made.dispose()


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=str)
def test_columns_are_documented_correctly(table: Table) -> None:
    written = [row[:4] for row in rows_of(table.name, COLUMN_CELLS)]
    assert written == [described(column) for column in table.columns]


@pytest.mark.parametrize("table", TABLES)
def test_columns_have_writer_and_meaning(table: str) -> None:
    section = DOCUMENT.read_text(encoding="utf-8").split(f"\n## `{table}`\n")[1].split("\n## ")[0]
    writers = set(re.findall(r"^- \*\*(\w+)\*\* –", section, flags=re.MULTILINE)) | {"PostgreSQL"}
    for *_, writer, meaning in rows_of(table, COLUMN_CELLS):
        assert set(writer.split(", ")) <= writers
        assert meaning


def test_document_lists_exactly_the_tables() -> None:
    headings = re.findall(r"^## `(\w+)`$", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(headings) == {*Base.metadata.tables, "alembic_version"}


@pytest.mark.parametrize("table", TABLES)
def test_indexes_are_documented_with_their_kind(table: str, engine: Engine) -> None:
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT relname, amname, indisprimary, indisunique"
            " FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam"
            f" WHERE indrelid = '{table}'::regclass"
        ).all()
    kinds = {
        f"`{name}`": "primary key" if primary else "unique" if unique else method
        for name, method, primary, unique in found
    }
    assert {name: kind for name, _, kind, _ in rows_of(table, INDEX_CELLS)} == kinds


def test_documented_index_columns_are_correct(engine: Engine) -> None:
    indexes = inspect(engine).get_indexes("videos")
    plain = {f"`{index['name']}`": index["column_names"] for index in indexes if "expressions" not in index}
    written = {name: columns.split(", ") for name, columns, *_ in rows_of("videos", INDEX_CELLS)}
    assert plain
    assert {name: written[name] for name in plain} == plain


def test_revisions_match_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "include_name": is_ours},
        )
        differences = compare_metadata(context, Base.metadata)
    assert differences == []


def test_comparison_detects_differences(engine: Engine) -> None:
    """An extra column, another type and a missing index are detected."""
    with engine.connect() as connection:
        for statement in (
            "ALTER TABLE videos ADD COLUMN extra text",
            "ALTER TABLE videos ALTER COLUMN frame_rate TYPE real",
            "DROP INDEX ix_videos_created_at",
        ):
            connection.exec_driver_sql(statement)
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
        differences = compare_metadata(context, Base.metadata)
    assert len(differences) == 3


def test_videos_has_the_specified_columns() -> None:
    assert [column.name for column in Video.__table__.columns] == [
        *("id", "identifier", "source_url", "cloud_url", "title", "duration_seconds", "file_size_kb"),
        *("video_codec", "audio_codec", "resolution", "frame_rate", "created_at"),
        *("size_bytes", "md5", "relative_path", "recorded_at", "description", "channel", "deleted_at"),
        *("media", "playback_state", "language"),
        *("tags", "is_favorite", "watch_position", "last_watched_at", "verified_at", "verification_error"),
        *("purge_scope", "title_key", "search_text"),
    ]
