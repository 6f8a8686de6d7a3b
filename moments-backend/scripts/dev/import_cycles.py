"""Finds import cycles in the Python packages."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from scripts.dev.source_facts import BACKEND, Facts

Graph = dict[str, set[str]]


def python_graph(files: Iterable[Facts]) -> Graph:
    """Return what each module imports of the others; a package's `__init__` has the package's name."""
    imports = {_module(facts.path): facts.imports for facts in files}
    graph: Graph = {}
    for module, names in imports.items():
        targets = {name if name in imports else name.rpartition(".")[0] for name in names}
        graph[module] = {name for name in targets if name in imports and name != module}
    return graph


def _module(path: str) -> str:
    parts = PurePosixPath(path).relative_to(BACKEND).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def cycles(graph: Graph) -> list[list[str]]:
    """Return the groups of modules that import each other, directly or through others."""
    reached = {module: _reached(graph, module) for module in graph}
    groups = {
        tuple(sorted(other for other in others if module in reached[other]))
        for module, others in reached.items()
        if module in others
    }
    return [list(group) for group in sorted(groups)]


def _reached(graph: Graph, module: str) -> set[str]:
    """Return all that the module imports; the module itself is among them if it is in a cycle."""
    reached, left = set[str](), list(graph[module])
    while left:
        name = left.pop()
        if name not in reached:
            reached.add(name)
            left += graph.get(name, ())
    return reached
