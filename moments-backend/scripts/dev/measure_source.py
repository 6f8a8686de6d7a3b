"""Prints figures of the source beside their targets.

Usage: `python -m scripts.dev.measure_source [--check] [--root PATH] [--names FILE] [--details]`.
Tests are not counted, except where words are.
"""

import argparse
import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scripts.dev.import_cycles import cycles, python_graph
from scripts.dev.source_facts import BACKEND, Facts
from scripts.dev.source_tree import FRONTEND, PROJECT, PYTHON_PACKAGES, read_tree
from scripts.dev.vocabulary import Vocabulary, count_lines, find_uses

DOCSTRING_RULES = "D205,D400,D401,D415"
LONGEST_FUNCTION, LONGEST_FILE = 60, 400
TOOLS = re.compile("/(benchmarks|scripts/dev)/")
MOST_SOURCE_LINES = 35_749
"""Counted with this program at the commit before the tree got its present layout."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the table; `places` make up the value, which is their number if it is not given."""

    name: str
    target: float
    places: list[str] = field(default_factory=list)
    amount: float | None = None
    unit: str = ""

    @property
    def value(self) -> float:
        return len(self.places) if self.amount is None else self.amount

    @property
    def is_missed(self) -> bool:
        return self.value > self.target

    def row(self) -> str:
        value = f"{self.value:,.1f}{self.unit}" if self.unit else f"{self.value:,}"
        target = "-" if self.target == math.inf else f"<= {self.target:,}{self.unit}"
        return f"{self.name:<58} | {value:>9} | {target}{'  MISSED' if self.is_missed else ''}"


def measure(root: Path, names: Path | None) -> Iterator[Figure]:
    python, typescript = read_tree(root, tests=False)
    both = [*python, *typescript]
    yield _docstring_style(root)
    vocabulary = Vocabulary()
    yield _openings(vocabulary, python)
    uses = [use for use in find_uses(vocabulary, root) if not use.rule.opening]
    places = [f"{use.path}:{use.line}: {use.word}" for use in uses if use.allowed is None]
    yield Figure("Lines with words of the vocabulary list", 40, places, count_lines(uses))
    places = [
        f"{facts.path}:{function.line}: {function.name}: {function.length}"
        for facts in both
        for function in facts.functions
        if function.length > LONGEST_FUNCTION
    ]
    yield Figure(f"Functions over {LONGEST_FUNCTION} lines", 0, places)
    places = [f"{facts.path}: {facts.lines}" for facts in both if facts.lines > LONGEST_FILE]
    yield Figure(f"Files over {LONGEST_FILE} lines", 0, places)
    groups = cycles(python_graph(python))
    yield Figure("Import cycles in Python", 0, [" <-> ".join(group) for group in groups])
    tools = sum(facts.lines for facts in python if TOOLS.search(facts.path))
    styles = [path.read_text(encoding="utf-8") for path in (root / FRONTEND / "src").rglob("*.css")]
    lines = sum(facts.lines for facts in both) + sum(style.count("\n") for style in styles) - tools
    yield Figure("Source lines of the product, styles included", MOST_SOURCE_LINES, amount=lines)
    yield Figure("  of benchmarks and scripts/dev", math.inf, amount=tools)
    if names:
        yield _old_names(read_tree(root, tests=True), names)


def _docstring_style(root: Path) -> Figure:
    packages = [name for name in PYTHON_PACKAGES if name != "alembic" and (root / BACKEND / name).is_dir()]
    options = ["--isolated", "--no-cache", "--exit-zero", "--select", DOCSTRING_RULES]
    command = [sys.executable, "-m", "ruff", "check", *options, "--output-format", "json", *packages]
    answer = subprocess.run(command, cwd=root / BACKEND, capture_output=True, text=True, check=True)
    backend = (root / BACKEND).resolve()
    places = [
        f"{Path(found['filename']).relative_to(backend)}:{found['location']['row']}: {found['code']}"
        for found in json.loads(answer.stdout)
    ]
    return Figure(DOCSTRING_RULES.replace(",", " + "), 0, places)


def _openings(vocabulary: Vocabulary, python: list[Facts]) -> Figure:
    docstrings = [(facts.path, text) for facts in python for text in facts.texts if text.kind == "docstring"]
    found = [use for path, text in docstrings for use in vocabulary.uses(path, text) if use.rule.opening]
    places = [f"{use.path}:{use.line}: {use.word}" for use in found]
    share = 100 * len(found) / max(1, len(docstrings))
    return Figure("Docstrings that open with a relative word or pronoun", 1, places, share, " %")


def _old_names(tree: tuple[list[Facts], list[Facts]], names: Path) -> Figure:
    """Count the names of the first column that are still defined.

    A line holds the old name, a tab and the new one. An old name is a path's end (`api/web_app.py`), a
    definition (`Name` or `Class.member`), or one of a certain file (`api/web_app.py:Name`).
    """
    files = [facts for half in tree for facts in half]
    left = []
    for line in names.read_text(encoding="utf-8").splitlines():
        old = line.split("\t")[0].strip()
        if not old or old.startswith("#"):
            continue
        path, _, name = old.rpartition(":")
        if "/" in old and not path:
            path, name = old, ""
        found = [
            facts.path
            for facts in files
            if f"/{facts.path}".endswith(f"/{path}" if path else "")
            and (not name or name in facts.definitions)
        ]
        left += [f"{old}: {found[0]}"] if found else []
    return Figure(f"Old names of {names.name} left", 0, left)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    parser.add_argument("--details", action="store_true", help="list the places of each missed target")
    parser.add_argument("--root", type=Path, default=PROJECT, help="the tree to measure [this one]")
    parser.add_argument("--names", type=Path, help="old and new names, separated by a tab")
    options = parser.parse_args(arguments)
    figures = list(measure(options.root.resolve(), options.names))
    print(f"{'figure':<58} | {'value':>9} | target")
    for figure in figures:
        print(figure.row())
        if options.details and figure.is_missed:
            print("".join(f"    {place}\n" for place in figure.places), end="")
    return int(options.check and any(figure.is_missed for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
