"""Table of the measurements, for the terminal and for the document."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measurement import Comparison, Measurement

HEADINGS = ("what", "ours", "peer", "compared: median (lowest – highest)", "target", "met")
BEGIN = "<!-- measured: written by `make bench`, not by hand -->"
END = "<!-- /measured -->"


def print_table(measurements: Sequence[Measurement], machine: Sequence[tuple[str, str]]) -> None:
    console = Console()
    table = Table(*HEADINGS, show_lines=True)
    for measurement in measurements:
        table.add_row(*(cell.replace("`", "") for cell in _cells(measurement)))
    console.print(table)
    for measurement in measurements:
        if measurement.note:
            console.print(f"{measurement.what.replace('`', '')}: {measurement.note}", highlight=False)
    for name, value in machine:
        console.print(f"{name}: {value}", highlight=False)


def one_line(measurement: Measurement) -> str:
    """Return a row as plain text, for progress output."""
    return "; ".join(_cells(measurement)).replace("`", "").replace("*", "")


def write_document(
    document: Path, measurements: Sequence[Measurement], machine: Sequence[tuple[str, str]]
) -> None:
    """Replace the table between its two markers in the document."""
    before, _, rest = document.read_text().partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{document} has no place for the table: {BEGIN} … {END}")
    lines = [f"- {name}: {value}" for name, value in machine]
    lines += ["", f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    lines += [f"| {' | '.join(_cells(measurement, note=True))} |" for measurement in measurements]
    document.write_text("\n".join([f"{before}{BEGIN}", *lines, f"{END}{after}"]))


def _cells(measurement: Measurement, *, note: bool = False) -> tuple[str, ...]:
    comparison = measurement.comparison
    compared = measurement.compared
    target, is_met = measurement.target, measurement.is_met
    unit = f" {measurement.unit}" if comparison is Comparison.DIFFERENCE else ""
    remark = f"<br>({measurement.note})" if note and measurement.note else ""
    spread = f"{figure(compared.lowest)} – {figure(compared.highest)}"
    return (
        f"{measurement.what}{remark}",
        f"{figure(measurement.ours)} {measurement.unit}",
        f"{measurement.peer_name}: {figure(measurement.peer)} {measurement.unit}",
        f"{_signed(compared.median, comparison)}{unit} ({spread}), {len(measurement.pairs)} rounds",
        f"{target.bound} {_signed(target.limit, comparison)}{unit}" if target else "–",
        "–" if is_met is None else "yes" if is_met else "**no**",
    )


def _signed(value: float, comparison: Comparison) -> str:
    return f"+ {figure(value)}" if comparison is Comparison.DIFFERENCE else f"{figure(value)} ×"


def figure(value: float) -> str:
    """Format with three significant digits."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
