"""Finds import cycles in the Python packages and in the web app."""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from scripts.dev.source_facts import BACKEND, FRONTEND, Facts, Loaded

Graph = dict[str, set[str]]


def python_graph(files: Iterable[Facts], kinds: set[Loaded]) -> Graph:
    """Return what each module imports of the others; a package's `__init__` has the package's name."""
    imports = {_module(facts.path): facts.imports for facts in files}
    graph: Graph = {}
    for module, imported in imports.items():
        names = (_known(found.target, imports) for found in imported if found.loaded in kinds)
        graph[module] = {name for name in names if name and name != module}
    return graph


def _module(path: str) -> str:
    parts = PurePosixPath(path).relative_to(BACKEND).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _known(target: str, modules: Mapping[str, object]) -> str | None:
    if target in modules:
        return target
    parent = target.rpartition(".")[0]
    return parent if parent in modules else None


def typescript_graph(files: Iterable[Facts]) -> Graph:
    """Return what each file imports of the others, lazily loaded pages and types included."""
    files = list(files)
    paths = {facts.path for facts in files}
    graph: Graph = {}
    for facts in files:
        targets = (_typescript_file(found.target, facts.path, paths) for found in facts.imports)
        graph[facts.path] = {path for path in targets if path}
    return graph


def _typescript_file(target: str, path: str, paths: set[str]) -> str | None:
    if target.startswith("@/"):
        base = PurePosixPath(FRONTEND, "src", target[2:])
    elif target.startswith("."):
        base = PurePosixPath(path).parent
        for part in PurePosixPath(target).parts:
            base = base.parent if part == ".." else base / part
    else:
        return None
    endings = ("", ".ts", ".tsx", "/index.ts", "/index.tsx")
    return next((f"{base}{ending}" for ending in endings if f"{base}{ending}" in paths), None)


def cycles(graph: Graph) -> list[list[str]]:
    """Return the groups of modules that reach each other: strongly connected components, by Tarjan."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for imported in graph.get(module, ()):
            if imported not in order:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in stack:
                lowest[module] = min(lowest[module], order[imported])
        if lowest[module] == order[module]:
            position = stack.index(module)
            group = sorted(stack[position:])
            del stack[position:]
            if len(group) > 1:
                found.append(group)

    for module in graph:
        if module not in order:
            visit(module)
    return found
