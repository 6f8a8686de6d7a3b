"""Facts about the source of both halves: texts, functions, imports and definitions, file by file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

PROJECT = Path(__file__).parents[3]
BACKEND = "moments-backend"
FRONTEND = "moments-frontend"
PYTHON_PACKAGES = ("app", "cli", "embedded", "demo", "scripts", "alembic", "benchmarks")
GENERATED = "schema.d.ts"

Kind = Literal["docs", "docstring", "comment", "message", "test name"]
Loaded = Literal["import", "call", "type"]


@dataclass(frozen=True, slots=True)
class Text:
    """Prose in a source file; `line` is the line of its first character."""

    line: int
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function and its length in lines, signature included."""

    line: int
    name: str
    length: int


@dataclass(frozen=True, slots=True)
class Import:
    """An imported module: when the module loads, when a function is called, or for type checkers only."""

    target: str
    loaded: Loaded


@dataclass(slots=True)
class Facts:
    """All that the tools need from one file; `path` is relative to the project, with slashes."""

    path: str
    lines: int = 0
    texts: list[Text] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    definitions: set[str] = field(default_factory=set)

    @property
    def is_test(self) -> bool:
        return f"{BACKEND}/tests/" in self.path or ".test." in self.path


def python_files(project: Path, *, tests: bool) -> list[Path]:
    backend = project / BACKEND
    packages = (*PYTHON_PACKAGES, "tests") if tests else PYTHON_PACKAGES
    return sorted(path for package in packages for path in (backend / package).rglob("*.py"))


def typescript_files(project: Path, *, tests: bool) -> list[Path]:
    found = (path for ending in ("*.ts", "*.tsx") for path in (project / FRONTEND / "src").rglob(ending))
    return sorted(path for path in found if path.name != GENERATED and (tests or ".test." not in path.name))


def document_files(project: Path) -> Iterator[Path]:
    """Yield the Markdown pages, and the text files whose comments people read."""
    yield from sorted(project.glob("*.md"))
    for folder in ("docs", "database"):
        yield from sorted((project / folder).rglob("*.md"))
    for name in ("Makefile", ".ci/run", ".gitignore", ".pre-commit-config.yaml", f"{BACKEND}/pyproject.toml"):
        if (project / name).is_file():
            yield project / name
