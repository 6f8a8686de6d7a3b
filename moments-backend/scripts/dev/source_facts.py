"""Facts about one source file: texts, functions, imports and definitions; those of Python are read here."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

BACKEND = "moments-backend"

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
PRAGMA = re.compile(r"#\s*(noqa|type:|fmt:|mypy:|pragma)[^#]*?(?= - |$)")
PROSE = re.compile(r"\w\W*\s\W*\w")
SQL = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|ALTER|CREATE|DROP|TRUNCATE)\b")


class Text(NamedTuple):
    """Prose in a source file; `line` is the line of its first character."""

    line: int
    kind: Literal["docs", "docstring", "comment", "message", "test name"]
    text: str


class Function(NamedTuple):
    """A function and its length in lines, signature included."""

    line: int
    name: str
    length: int


@dataclass(slots=True)
class Facts:
    """All that the tools need from one file; `path` is relative to the project, with slashes."""

    path: str
    lines: int = 0
    texts: list[Text] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    definitions: set[str] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)


def python_facts(path: Path, project: Path) -> Facts:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source, str(path))
    nodes = list(ast.walk(tree))
    functions = [node for node in nodes if isinstance(node, FunctionNode)]
    docstrings = list(_docstrings(nodes))
    texts = [Text(node.lineno, "docstring", str(node.value)) for node in docstrings]
    texts += _comments(source)
    package = path.relative_to(project / BACKEND).parts[:-1]
    if package[0] == "tests":
        names = (node for node in functions if node.name.startswith("test_"))
        texts += [Text(node.lineno, "test name", node.name[5:].replace("_", " ")) for node in names]
    else:
        texts += _messages(nodes, {id(node) for node in docstrings})
    return Facts(
        path.relative_to(project).as_posix(),
        source.count("\n"),
        texts,
        [Function(node.lineno, node.name, _length(node)) for node in functions],
        {*_definitions(nodes), *_bound_names(tree.body)},
        set(_imports(tree, package)),
    )


def _length(node: FunctionNode) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _docstrings(nodes: list[ast.AST]) -> Iterator[ast.Constant]:
    """Yield the docstrings of modules, classes and functions, and those below an attribute."""
    for node in nodes:
        if not isinstance(node, WITH_DOCSTRING):
            continue
        for before, statement in zip([None, *node.body], node.body, strict=False):
            if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                continue
            if isinstance(statement.value.value, str) and (
                before is None or isinstance(before, ast.Assign | ast.AnnAssign)
            ):
                yield statement.value


def _comments(source: str) -> Iterator[Text]:
    """Yield comments; neighbouring lines of the same indentation are one text."""
    if "#" not in source:
        return
    start, column, lines = 0, -1, list[str]()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if not lines or token.start != (start + len(lines), column):
            if lines:
                yield Text(start, "comment", "\n".join(lines))
            (start, column), lines = token.start, []
        lines.append(PRAGMA.sub("", token.string))
    if lines:
        yield Text(start, "comment", "\n".join(lines))


def _messages(nodes: list[ast.AST], skipped: set[int]) -> Iterator[Text]:
    """Yield the strings that hold prose: several words, and neither SQL nor a regular expression."""
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
            skipped |= {id(inner) for argument in node.args for inner in ast.walk(argument)}
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values if isinstance(part, ast.Constant)}
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            text = "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if PROSE.search(text) and not SQL.match(text):
            yield Text(node.lineno, "message", text)


def _imports(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """Yield the imports that are executed: those for type checkers only are left out."""
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = package[: len(package) - node.level + 1] if node.level else ()
        # Whether a name is a module of the package is decided where all modules are known.
        yield from (".".join(filter(None, (*base, node.module, alias.name))) for alias in node.names)
    for inner in ast.iter_child_nodes(node):
        yield from _imports(inner, package)


def _definitions(nodes: list[ast.AST]) -> Iterator[str]:
    """Yield functions, classes and `Class.member`."""
    for node in nodes:
        if isinstance(node, FunctionNode | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{name}" for name in _bound_names(node.body))


def _bound_names(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, FunctionNode | ast.ClassDef):
            yield statement.name
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))
