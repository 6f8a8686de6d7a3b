"""Rounds, ratios, targets and the report table."""

from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.measurement import Bound, Comparison, Measurement, Target, take_turns


def measurement(*pairs: tuple[float, float], target: Target | None = None) -> Measurement:
    return Measurement("speed", "a peer", "MB/s", pairs, target)


def test_contenders_alternate_in_order() -> None:
    order = []

    def contender(name: str) -> str:
        order.append(name)
        return name

    rounds = take_turns(3, lambda: contender("ours"), lambda: contender("theirs"))

    assert rounds == [("ours", "theirs")] * 3
    assert order == ["ours", "theirs", "theirs", "ours", "ours", "theirs"]


def test_ratio_is_median_over_rounds() -> None:
    measured = measurement((10, 20), (100, 100), (90, 10))

    assert (measured.compared.lowest, measured.compared.median, measured.compared.highest) == (0.5, 1, 9)
    assert measured.ours == 90
    assert measured.is_met is None


@pytest.mark.parametrize(
    ("target", "is_met"),
    [
        (Target(Bound.AT_LEAST, 0.9), True),
        (Target(Bound.AT_LEAST, 1.3), False),
        (Target(Bound.AT_MOST, 1.1), False),
        (Target(Bound.AT_MOST, 30, Comparison.DIFFERENCE), True),
        (Target(Bound.AT_MOST, 10, Comparison.DIFFERENCE), False),
    ],
)
def test_targets(target: Target, *, is_met: bool) -> None:
    assert measurement((120, 100), target=target).is_met is is_met


def test_report_keeps_surrounding_text(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text(f"# Before\n\n{report.BEGIN}\nold figures\n{report.END}\n\nAfter.\n")
    measured = measurement((1, 2), target=Target(Bound.AT_LEAST, 0.9))

    report.write_document(document, [measured], [("Memory", "24 GiB")])

    text = document.read_text()
    assert text.startswith(f"# Before\n\n{report.BEGIN}\n- Memory: 24 GiB\n")
    assert text.endswith(f"{report.END}\n\nAfter.\n")
    assert "old figures" not in text
    assert (
        "| speed | 1.00 MB/s | a peer: 2.00 MB/s | 0.50 × (0.50 – 0.50), 1 rounds | ≥ 0.90 × | **no** |"
        in text
    )


def test_document_without_markers_is_unchanged(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text("# Only prose\n")

    with pytest.raises(ValueError, match="no place for the table"):
        report.write_document(document, [], [])

    assert document.read_text() == "# Only prose\n"
