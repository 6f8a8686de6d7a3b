"""Tests of the source measurements, on small trees with known figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.dev.import_cycles import cycles, python_graph
from scripts.dev.measure_source import main
from scripts.dev.source_tree import read_tree

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    app, source = tmp_path / "moments-backend" / "app", tmp_path / "moments-frontend" / "src"
    app.mkdir(parents=True)
    source.mkdir(parents=True)
    (app / "__init__.py").write_text("")
    (app / "one.py").write_text('"""Module one."""\n\nfrom app import two\n\nVALUE = two.VALUE\n')
    (app / "two.py").write_text('"""Module two."""\n\nVALUE = 1\n')
    (source / "one.ts").write_text('import { two } from "./two";\nexport const one = two;\n')
    (source / "two.ts").write_text("export const two = 2;\n")
    return tmp_path


def table(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[str, bool]]:
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines()[1:] if line.count("|") == 2]
    return {name.strip(): (value.strip(), target.endswith("MISSED")) for name, value, target in rows}


def test_a_tree_without_faults_meets_every_target(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--root", str(tree)]) == 0
    figures = table(capsys)
    assert figures["Source lines of the product, styles included"] == ("11", False)
    assert not any(missed for _, missed in figures.values())


def test_each_fault_is_counted_and_fails_the_check(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app, source = tree / "moments-backend" / "app", tree / "moments-frontend" / "src"
    (app / "two.py").write_text('"""Module two."""\n\nfrom app.one import VALUE\n')
    (app / "long.py").write_text('"""What is long"""\n\n\ndef long() -> None:\n' + "    pass\n" * 400)
    tools = tree / "moments-backend" / "benchmarks"
    tools.mkdir()
    (tools / "case.py").write_text("CASE = 1\nNEXT = 2\n")
    (source / "two.ts").write_text('import { one } from "@/one";\n\nexport const two = one;\n')
    names = tree / "names.tsv"
    names.write_text("long\tshort\napp/two.py\tapp/2.py\napp/one.py:long\tx\nsrc/two.ts:two\ty\nabsent\tz\n")
    assert main(["--root", str(tree), "--names", str(names)]) == 0
    figures = table(capsys)
    assert figures == {
        "D205 + D400 + D401 + D415": ("2", True),
        "Docstrings that open with a relative word or pronoun": ("33.3 %", True),
        "Lines with words of the vocabulary list": ("0", False),
        "Functions over 60 lines": ("1", True),
        "Files over 400 lines": ("1", True),
        "Import cycles in Python": ("1", True),
        "Source lines of the product, styles included": ("417", False),
        "of benchmarks and scripts/dev": ("2", False),
        "Old names of names.tsv left": ("3", True),
    }
    assert main(["--check", "--details", "--root", str(tree)]) == 1
    assert "app.one <-> app.two" in capsys.readouterr().out


def test_imports_in_functions_count_and_those_for_types_do_not(tree: Path) -> None:
    two = tree / "moments-backend" / "app" / "two.py"
    two.write_text("from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from app.one import VALUE\n")
    python, _ = read_tree(tree, tests=False)
    assert cycles(python_graph(python)) == []
    two.write_text("def late() -> None:\n    from . import one\n")
    python, _ = read_tree(tree, tests=False)
    assert cycles(python_graph(python)) == [["app.one", "app.two"]]


def test_a_group_of_modules_is_one_cycle() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert sorted(cycles(graph)) == [["a", "b", "c"], ["d", "e"]]
