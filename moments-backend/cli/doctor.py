"""`videomoments doctor`: check the installation and name remedies."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.core.exceptions import ExitCode
from cli.output import force_utf8_streams, print_json

if TYPE_CHECKING:
    from cli.checks_base import CheckResult

EPILOG = """
**Examples**

    videomoments doctor
    videomoments doctor --json | jq '.checks[] | select(.state != "ok")'

**Exit codes**

    0    all checks passed, possibly with warnings
    2    usage error
    3    a check failed; its remedy is printed below it
"""

MARKS = {
    "ok": Text("✓", style="green"),
    "warning": Text("!", style="yellow"),
    "broken": Text("✗", style="bold red"),
}


def doctor(
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Check all servers, tools, credentials and permissions, and name a remedy for each failure.

    The bucket check creates a small object and deletes it again.
    """
    # Not needed for help and usage errors.
    from app.core.config import get_settings  # noqa: PLC0415
    from cli.checks import examine  # noqa: PLC0415
    from cli.checks_base import State  # noqa: PLC0415

    force_utf8_streams()
    results = asyncio.run(examine(get_settings()))
    healthy = all(result.state is not State.BROKEN for result in results)
    if json_output:
        print_json({"ok": healthy, "checks": [asdict(result) for result in results]})
    else:
        Console().print(_table(results))
    raise typer.Exit(ExitCode.OK if healthy else ExitCode.CONFIGURATION)


def _table(results: "list[CheckResult]") -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for result in results:
        table.add_row(MARKS[result.state], result.name, Text(result.detail))
        if result.remedy:
            table.add_row("", "", Text(f"→ {result.remedy}", style="bold"))
    return table
