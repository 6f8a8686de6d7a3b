"""Services and tables of the commands about subscriptions."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from rich.table import Table
from rich.text import Text

from app.core.config import get_settings
from app.core.terminal_text import escape_control_characters
from app.models.subscription import CheckResult, SubscriptionRecord
from app.services.subscriptions.service import SubscriptionService
from cli import output
from cli.pipeline import Pipeline, open_pipeline
from cli.runs.table import print_table

ID_DIGITS = 8
"""Digits of an id in tables; commands accept any unique beginning."""


@asynccontextmanager
async def open_subscriptions() -> AsyncIterator[tuple[SubscriptionService, Pipeline]]:
    """Open the container and yield the service of subscriptions with it."""
    async with open_pipeline(get_settings()) as pipeline:
        yield SubscriptionService(pipeline.settings, pipeline.subscription_checker), pipeline


def make_table(*headings: str) -> Table:
    """Return a table without lines."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def add_row(table: Table, cells: Iterable[object]) -> None:
    """Add a row of plain texts; None becomes empty."""
    texts = ("" if cell is None else str(cell) for cell in cells)
    table.add_row(*(Text(escape_control_characters(cell)) for cell in texts))


def print_result(result: CheckResult, *, as_json: bool) -> None:
    """Print what a check did, or would do."""
    if as_json:
        output.print_json(result.model_dump(mode="json"))
        return
    table = make_table("action", "title", "address", "reason")
    for item in result.items:
        add_row(table, (item.action, item.title, item.url, item.reason))
    if result.items:
        print_table(table)
    added = sum(item.action == "add" for item in result.items)
    verb = "would be added" if result.dry_run else "queued"
    output.print_stderr(f"{added} of {result.found} videos {verb}; {result.known} were known")


def print_subscriptions(records: Sequence[SubscriptionRecord]) -> None:
    """Print a line for each subscription, and why the last check of one failed."""
    table = make_table("id", "state", "added", "queued", "failed", "last check", "title or address")
    for record in records:
        state = "paused" if record.is_paused else "failing" if record.error else "active"
        checked = record.last_checked_at
        cells = (
            record.id[:ID_DIGITS],
            state,
            record.added,
            record.queued,
            record.failed,
            f"{checked.astimezone():%Y-%m-%d %H:%M}" if checked else "never",
            record.title or record.url,
        )
        add_row(table, cells)
    print_table(table)
    for record in records:
        if record.error is not None:
            remedy = f" ({record.error.remedy})" if record.error.remedy else ""
            output.print_stderr(f"{record.id[:ID_DIGITS]}: {record.error.detail}{remedy}")
