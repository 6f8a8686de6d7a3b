"""Progress of a migration on stderr: bars on a terminal, a line every 10 s elsewhere."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from app.core.terminal_text import escape_control_characters
from cli import output

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from app.services.migration.progress import MigrationProgress

LINE_SECONDS = 10.0
BARS_SECONDS = 0.2
BYTES_PER_MB = 1e6


class Display(Protocol):
    def draw(self) -> None:
        """Draw the current progress."""

    def clear(self) -> None:
        """Remove the drawn progress, so that other output can follow."""


@asynccontextmanager
async def refreshing(display: Display, seconds: float) -> AsyncIterator[None]:
    """Redraw a display at a fixed interval during the block."""

    async def redraw() -> None:
        while True:
            await asyncio.sleep(seconds)
            display.draw()

    task = asyncio.create_task(redraw())
    try:
        yield
    finally:
        task.cancel()
        display.clear()


class LineProgress:
    """Prints `3/9 videos, 120.0 of 950.3 MB, 12.3 MB/s, about 70 s left`."""

    def __init__(self, meter: "MigrationProgress") -> None:
        self._meter = meter

    def draw(self) -> None:
        meter = self._meter
        if not meter.bytes_total:
            return
        parts = [
            f"{meter.videos_done}/{meter.videos_total} videos",
            f"{meter.bytes_done / BYTES_PER_MB:.1f} of {meter.bytes_total / BYTES_PER_MB:.1f} MB",
        ]
        if meter.seconds_left is not None:
            parts.append(f"{meter.bytes_done / BYTES_PER_MB / meter.seconds:.1f} MB/s")
            parts.append(f"about {meter.seconds_left:.0f} s left")
        output.print_stderr(", ".join(parts))

    def clear(self) -> None:
        """Do nothing: lines are not removed."""


class BarProgress:
    """Draws a bar for the migration and one for each video in progress."""

    def __init__(self, meter: "MigrationProgress") -> None:
        self._meter = meter
        self._progress: Progress | None = None
        self._bars: dict[str, TaskID] = {}

    def draw(self) -> None:
        if not self._meter.bytes_total:
            return
        if self._progress is None:
            self._progress = _new_bars()
            self._total = self._progress.add_task("", total=self._meter.bytes_total)
        self._update(self._progress)
        self._progress.start()
        self._progress.refresh()

    def clear(self) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _update(self, progress: "Progress") -> None:
        meter = self._meter
        description = f"{meter.videos_done}/{meter.videos_total} videos"
        progress.update(self._total, description=description, completed=meter.bytes_done)
        for name in self._bars.keys() - meter.current.keys():
            progress.remove_task(self._bars.pop(name))
        for name, (done, total) in meter.current.items():
            if name not in self._bars:
                self._bars[name] = progress.add_task(escape_control_characters(name), total=total)
            progress.update(self._bars[name], completed=done)


def make_display(meter: "MigrationProgress") -> tuple[AbstractAsyncContextManager[None], Display]:
    """Return bars if stderr is a terminal that can redraw, else lines."""
    can_redraw = os.environ.get("TERM", "dumb") not in {"", "dumb", "unknown"}
    if sys.stderr is not None and sys.stderr.isatty() and can_redraw:
        bars = BarProgress(meter)
        return refreshing(bars, BARS_SECONDS), bars
    lines = LineProgress(meter)
    return refreshing(lines, LINE_SECONDS), lines


def _new_bars() -> "Progress":
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs Rich
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.table import Column  # noqa: PLC0415

    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(max_width=40, no_wrap=True)),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
        # By default, Rich redirects stdout to the console, which is stderr here.
        redirect_stdout=False,
        redirect_stderr=False,
    )
