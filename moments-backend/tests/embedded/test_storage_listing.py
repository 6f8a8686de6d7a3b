"""Pages of the storage server compared with a simple model, and the selection of response fields."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from embedded.storage_server.api_errors import ApiError
from embedded.storage_server.index import Index
from embedded.storage_server.listing import Query, list_page
from embedded.storage_server.partial_response import select_fields
from embedded.storage_server.resources import Object

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTS = ["a", "b", "/", "//", "é", "🎬", "\ud7ff", "\ue000", "\U0010ffff"]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = Index(tmp_path / "index.sqlite3", durable=False)
    yield index
    index.close()


def fill(index: Index, names: set[str]) -> None:
    with index.transaction():
        for number, name in enumerate(names):
            blob = f"{number:032x}"
            index.put_object(Object("b", name, number + 1, 1, 0, None, "AAAAAA==", blob, "now", "now"))


def model(names: set[str], query: Query) -> list[str]:
    """Return objects and prefixes in order."""
    entries: set[str] = set()
    for name in names:
        if not name.startswith(query.prefix) or name < query.start or (query.end and name >= query.end):
            continue
        rest = name[len(query.prefix) :]
        before, found, _ = rest.partition(query.delimiter) if query.delimiter else (rest, "", "")
        entries.add(query.prefix + before + found)
    return sorted(entries)


def all_pages(index: Index, query: Query) -> list[str]:
    entries: list[str] = []
    token = ""
    while True:
        page = list_page(
            index, "b", Query(query.prefix, query.delimiter, query.start, query.end, token, query.limit)
        )
        found = [item.name for item in page.objects] + list(page.prefixes)
        assert len(found) <= query.limit
        entries += sorted(found)
        if page.next_token is None:
            return entries
        assert page.next_token > token
        token = page.next_token


@pytest.mark.parametrize("seed", range(8))
def test_pages_equal_a_simple_model(index: Index, seed: int) -> None:
    source = random.Random(seed)
    names = {"".join(source.choices(PARTS, k=source.randint(1, 5))) for _ in range(60)}
    fill(index, names)
    for _ in range(60):
        query = Query(
            prefix="".join(source.choices(PARTS, k=source.randint(0, 2))),
            delimiter=source.choice(["", "/", "//", "a"]),
            start="".join(source.choices(PARTS, k=source.randint(0, 2))),
            end="".join(source.choices(PARTS, k=source.randint(0, 2))),
            limit=source.randint(1, 7),
        )
        assert all_pages(index, query) == model(names, query), query


def test_large_prefix_costs_few_rows(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(index, {f"many/{number:05}" for number in range(5000)} | {"z"})
    asked: list[int] = []
    original = index.list_objects

    def counted(*args: Any, **options: Any) -> list[Object]:
        found = original(*args, **options)
        asked.append(len(found))
        return found

    monkeypatch.setattr(index, "list_objects", counted)
    page = list_page(index, "b", Query(delimiter="/", limit=10))
    assert (list(page.prefixes), [item.name for item in page.objects]) == (["many/"], ["z"])
    assert sum(asked) < 30


VALUE = {"kind": "k", "items": [{"name": "a", "size": "1", "metadata": {"x": "1", "y": "2"}}], "next": "t"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("next", {"next": "t"}),
        ("items/name", {"items": [{"name": "a"}]}),
        ("items(name,size),next", {"items": [{"name": "a", "size": "1"}], "next": "t"}),
        ("items(name, metadata/x)", {"items": [{"name": "a", "metadata": {"x": "1"}}]}),
        ("items/*", {"items": VALUE["items"]}),
        ("*", VALUE),
        ("missing", {}),
    ],
)
def test_selected_fields(fields: str, expected: dict[str, Any]) -> None:
    assert select_fields(VALUE, fields) == expected


@pytest.mark.parametrize("fields", [",", "a,", "a//b", "a(b", "a)b", "(a)", "a()", "a/", "a(" * 50])
def test_malformed_selection_is_rejected(fields: str) -> None:
    with pytest.raises(ApiError, match="Invalid field selection"):
        select_fields(VALUE, fields)
