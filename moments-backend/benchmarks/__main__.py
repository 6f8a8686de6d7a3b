"""`python -m benchmarks`: measure, print, write down."""

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
        list[str] | None, typer.Argument(help=f"Which ones: {', '.join(BENCHMARKS)}. All when none is named.")
    ] = None,
    *,
    rounds: Annotated[int, typer.Option(min=1, help="How often each figure is taken.")] = 5,
    quick: Annotated[
        bool, typer.Option("--quick", help="Only see that they run: tiny sizes, one round, no verdict.")
    ] = False,
    write: Annotated[
        Path | None, typer.Option(help="The document whose table is to be replaced.", dir_okay=False)
    ] = None,
) -> None:
    """Measure how fast and how small the library is, beside programs that do the same work.

    A target that is missed is told, and is no error: the exit code says only that everything was measured.
    """
    chosen = names or list(BENCHMARKS)
    if unknown := [name for name in chosen if name not in BENCHMARKS]:
        raise typer.BadParameter(f"no benchmark is called {', '.join(unknown)}")
    if write and (quick or names):
        raise typer.BadParameter("--write takes a whole run: neither --quick nor names")
    # Ended from outside, it still ends what it has started and removes what it has written.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    described = machine.describe()
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
            print(f"  {report.in_a_line(measurement)}", file=sys.stderr, flush=True)
        measurements += measured
    report.print_table(measurements, described)
    if write:
        report.write_document(write, measurements, described)


if __name__ == "__main__":
    typer.run(main)
