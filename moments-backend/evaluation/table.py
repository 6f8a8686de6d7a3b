"""Results of an evaluation: rows of figures, as a table or as JSON."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    Attributes:
        target: the value to reach as text, such as `≥ 0.98`; None if there is none.
    """

    name: str
    value: str
    target: str | None = None


def as_json(figures: list[Figure]) -> list[dict[str, str | None]]:
    return [asdict(figure) for figure in figures]


def as_markdown(figures: list[Figure]) -> str:
    """Return a table in Markdown."""
    rows = [(figure.name, figure.value, figure.target or "–") for figure in figures]
    lines = ["| figure | measured | target |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
