"""Command line: run benchmarks, print the table, and optionally update the document."""

import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import machine, report
from benchmarks.catalogue import BENCHMARKS
from benchmarks.processes import BenchmarkError
from benchmarks.workbench import Workbench

QUICK_ROUNDS = 1


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Benchmarks to run: {', '.join(BENCHMARKS)}. Default: all.")
    ] = None,
    *,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds per figure.")] = 5,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Check that the benchmarks run: tiny sizes, one round, no targets."),
    ] = False,
    write: Annotated[
        Path | None, typer.Option(help="Document whose table is replaced.", dir_okay=False)
    ] = None,
) -> None:
    """Measure speed and memory of the library, compared with programs that do the same work.

    Missed targets are reported, but do not change the exit code.
    """
    chosen = names or list(BENCHMARKS)
    if unknown := [name for name in chosen if name not in BENCHMARKS]:
        raise typer.BadParameter(f"unknown benchmark: {', '.join(unknown)}")
    if write and (quick or names):
        raise typer.BadParameter("--write requires a full run, without --quick and names")
    # Exit normally on SIGTERM, so that servers are stopped and temporary files deleted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    system = machine.describe()
    measurements = []
    for number, name in enumerate(chosen, start=1):
        print(f"{number}/{len(chosen)} {name} …", file=sys.stderr, flush=True)
        with (
            tempfile.TemporaryDirectory(prefix="benchmark-") as directory,
            Workbench(Path(directory), rounds=QUICK_ROUNDS if quick else rounds, quick=quick) as bench,
        ):
            try:
                measured = BENCHMARKS[name](bench)
            except BenchmarkError as error:
                print(f"Error: {name}: {error}", file=sys.stderr)
                raise typer.Exit(1) from error
        if quick:
            measured = [replace(measurement, target=None) for measurement in measured]
        for measurement in measured:
            print(f"  {report.one_line(measurement)}", file=sys.stderr, flush=True)
        measurements += measured
    report.print_table(measurements, system)
    if write:
        report.write_document(write, measurements, system)


if __name__ == "__main__":
    typer.run(main)
