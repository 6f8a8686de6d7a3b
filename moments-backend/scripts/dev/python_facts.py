"""Facts about one Python file, from its syntax tree and its tokens."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from scripts.dev.source_facts import BACKEND, Facts, Function, Import, Loaded, Text

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
PRAGMA = re.compile(r"#\s*(noqa|type:|fmt:|mypy:|pragma)[^#]*?(?= - |$)")
PROSE = re.compile(r"\w\W*\s\W*\w")
SQL = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|ALTER|CREATE|DROP|TRUNCATE)\b")


def python_facts(path: Path, project: Path) -> Facts:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source, str(path))
    nodes = list(ast.walk(tree))
    facts = Facts(path.relative_to(project).as_posix(), source.count("\n"))
    docstrings = list(_docstrings(nodes))
    facts.texts += [Text(node.lineno, "docstring", str(node.value)) for node in docstrings]
    if "#" in source:
        facts.texts += _comments(source)
    functions = [node for node in nodes if isinstance(node, FunctionNode)]
    if facts.is_test:
        names = (node for node in functions if node.name.startswith("test_"))
        facts.texts += [Text(node.lineno, "test name", node.name[5:].replace("_", " ")) for node in names]
    else:
        facts.texts += _messages(nodes, {id(node) for node in docstrings})
    facts.functions += [
        Function(node.lineno, node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in functions
    ]
    package = path.relative_to(project / BACKEND).parts[:-1]
    facts.imports += (found for statement in tree.body for found in _imports(statement, package, "import"))
    facts.definitions |= {*_definitions(nodes), *_bound_names(tree.body)}
    return facts


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
    start, column, lines = 0, -1, list[str]()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        text = PRAGMA.sub("", token.string)
        if lines and token.start == (start + len(lines), column):
            lines.append(text)
            continue
        if lines:
            yield Text(start, "comment", "\n".join(lines))
        (start, column), lines = token.start, [text]
    if lines:
        yield Text(start, "comment", "\n".join(lines))


def _messages(nodes: list[ast.AST], skipped: set[int]) -> Iterator[Text]:
    """Yield the strings that hold prose: several words, and neither SQL nor a regular expression."""
    for node in nodes:
        if isinstance(node, ast.Call) and _is_regex_call(node):
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


def _is_regex_call(node: ast.Call) -> bool:
    function = node.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
    )


def _imports(statement: ast.stmt, package: tuple[str, ...], loaded: Loaded) -> Iterator[Import]:
    if isinstance(statement, ast.Import):
        yield from (Import(alias.name, loaded) for alias in statement.names)
    elif isinstance(statement, ast.ImportFrom):
        base = package[: len(package) - statement.level + 1] if statement.level else ()
        module = ".".join((*base, *filter(None, [statement.module])))
        # Whether a name is a module of the package is decided where all modules are known.
        yield from (Import(f"{module}.{alias.name}", loaded) for alias in statement.names)
    elif isinstance(statement, FunctionNode):
        loaded = "call"
    elif isinstance(statement, ast.If) and ast.unparse(statement.test).endswith("TYPE_CHECKING"):
        loaded = "type"
    for block in ("body", "orelse", "finalbody", "handlers"):
        for inner in getattr(statement, block, ()):
            yield from _imports(inner, package, loaded)


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
