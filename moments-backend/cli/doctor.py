"""`videomoments doctor`: check the installation, or the storage of the library, and name remedies."""

import asyncio
from dataclasses import asdict
from pathlib import Path
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
    videomoments doctor --storage                        compare table, bucket and disk
    videomoments doctor --storage --plan plan.json       also write what could be removed
    videomoments doctor --storage --apply plan.json      move it to the trash
    videomoments doctor --storage --undo plan.json       bring it back

**Exit codes**

    0    all checks passed, possibly with warnings; the plan was applied
    1    some items of the plan failed
    2    usage error, or an invalid plan
    3    a check failed; its remedy is printed below it
    4    table, bucket and disk disagree, or the plan removes too much
    130  Ctrl-C; run the command again to continue
"""

STORAGE_PANEL = "Storage"

MARKS = {
    "ok": Text("✓", style="green"),
    "warning": Text("!", style="yellow"),
    "broken": Text("✗", style="bold red"),
}


Storage = Annotated[
    bool, typer.Option("--storage", help="Compare table, bucket and disk.", rich_help_panel=STORAGE_PANEL)
]
Checksums = Annotated[
    bool,
    typer.Option(
        "--checksums",
        help="Also hash the local originals, and read every sidecar; up to 1,000 are always read.",
        rich_help_panel=STORAGE_PANEL,
    ),
]
MaxShare = Annotated[
    float,
    typer.Option(
        metavar="PERCENT",
        min=0,
        max=100,
        help="Refuse plans that remove a larger share of the library.",
        rich_help_panel=STORAGE_PANEL,
    ),
]
MinAge = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        min=0,
        help="Minimum age of objects and files without a row; younger ones may be work in progress.",
        rich_help_panel=STORAGE_PANEL,
    ),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Write a plan of what can be moved to the trash.", rich_help_panel=STORAGE_PANEL
    ),
]
ApplyFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Apply a plan; each item is checked again first.", rich_help_panel=STORAGE_PANEL
    ),
]
UndoFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Bring back what this plan moved to the trash.", rich_help_panel=STORAGE_PANEL
    ),
]


def doctor(
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    storage: Storage = False,
    checksums: Checksums = False,
    plan: PlanFile = None,
    apply: ApplyFile = None,
    undo: UndoFile = None,
    max_share: MaxShare = 5.0,
    min_age: MinAge = 60.0,
) -> None:
    """Check all servers, tools, credentials and permissions, and name a remedy for each failure.

    The bucket check creates a small object and deletes it again. With `--storage`, compare the table with the
    bucket and the local files instead.
    """
    force_utf8_streams()
    if storage:
        if sum(path is not None for path in (plan, apply, undo)) > 1:
            raise typer.BadParameter("give one of --plan, --apply and --undo")
        # Not needed for help and usage errors.
        from cli.doctor_storage import StorageDoctor  # noqa: PLC0415

        command = StorageDoctor(
            plan=plan,
            apply=apply,
            undo=undo,
            max_share=max_share,
            min_age=min_age,
            checksums=checksums,
            as_json=json_output,
        )
        raise typer.Exit(asyncio.run(command.run()))
    if checksums or plan or apply or undo:
        raise typer.BadParameter("--checksums, --plan, --apply and --undo need --storage")
    raise typer.Exit(_check_installation(json_output=json_output))


def _check_installation(*, json_output: bool) -> ExitCode:
    from app.core.config import get_settings  # noqa: PLC0415
    from cli.checks import examine  # noqa: PLC0415
    from cli.checks_base import State  # noqa: PLC0415

    results = asyncio.run(examine(get_settings()))
    healthy = all(result.state is not State.BROKEN for result in results)
    if json_output:
        print_json({"ok": healthy, "checks": [asdict(result) for result in results]})
    else:
        Console().print(_table(results))
    return ExitCode.OK if healthy else ExitCode.CONFIGURATION


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
