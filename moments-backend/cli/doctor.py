"""`videomoments doctor`: is everything here, does it work, and what to do about what does not."""

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.core.exceptions import ExitCode
from cli.output import force_utf8_streams, print_stdout

if TYPE_CHECKING:
    from cli.checks_base import CheckResult

EPILOG = """
**Exit codes**

    0    everything works
    2    the command was called wrongly
    3    something is broken; the remedy stands below it
"""

MARKS = {
    "ok": Text("✓", style="green"),
    "warning": Text("!", style="yellow"),
    "broken": Text("✗", style="bold red"),
}


def doctor(
    *,
    json_output: Annotated[
        bool, typer.Option("--json", help="One JSON document instead of a table.")
    ] = False,
) -> None:
    """Check every server, tool, credential and permission, and say how to mend each.

    It writes one small object into the bucket and deletes it again.
    """
    # Help and usage errors need none of this.
    from app.core.config import get_settings  # noqa: PLC0415
    from cli.checks import examine  # noqa: PLC0415
    from cli.checks_base import State  # noqa: PLC0415

    force_utf8_streams()
    findings = asyncio.run(examine(get_settings()))
    healthy = all(finding.state is not State.BROKEN for finding in findings)
    if json_output:
        document = {"ok": healthy, "checks": [asdict(finding) for finding in findings]}
        print_stdout(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    else:
        Console().print(_table(findings))
    raise typer.Exit(ExitCode.OK if healthy else ExitCode.CONFIGURATION)


def _table(findings: "list[CheckResult]") -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        table.add_row(MARKS[finding.state], finding.name, Text(finding.detail))
        if finding.remedy:
            table.add_row("", "", Text(f"→ {finding.remedy}", style="bold"))
    return table
