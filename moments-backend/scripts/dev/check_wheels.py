"""Checks that every pinned package has a wheel for each supported Python and platform.

Usage: `check_wheels.py --uv PATH [REQUIREMENTS …]`; `make check-wheels` provides uv. The registry is queried
for wheels whose hashes are in the files; nothing is downloaded. Exits with 1 if a wheel is missing.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BACKEND = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "Linux aarch64": "aarch64-manylinux_2_28",
    "macOS arm64": "aarch64-apple-darwin",
}
OLDEST_MACOS = "14.0"
MISSING = re.compile(r"Because ([\w.-]+)\S*==(\S+) has no\s+usable\s+wheels")


class RegistryError(Exception):
    """uv failed for another reason than a missing wheel."""


def missing_wheels(uv: str, requirements: Path, python: str, platform: str) -> list[str]:
    """Return the pinned packages without a wheel.

    Raises:
        RegistryError: the registry cannot be queried.
    """
    entries = re.split(r"\n(?=[A-Za-z0-9])", requirements.read_text(encoding="utf-8"))
    missing: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        remaining = Path(folder, "requirements.txt")
        while True:
            remaining.write_text("\n".join(entries), encoding="utf-8")
            command = [
                *(
                    uv,
                    "pip",
                    "install",
                    "--dry-run",
                    "--no-deps",
                    "--only-binary",
                    ":all:",
                    "--require-hashes",
                ),
                *("--python-version", python, "--python-platform", platform, "--color", "never"),
                *("--python", sys.executable, "--target", str(Path(folder, "target")), "-r", str(remaining)),
            ]
            environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": OLDEST_MACOS}
            ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if ended.returncode == 0:
                return missing
            found = MISSING.search(" ".join(ended.stderr.split()))
            if not found:
                raise RegistryError(ended.stderr.strip())
            # uv names one package at a time: the next check leaves it out.
            pin = f"{found[1]}=={found[2]}"
            missing.append(pin)
            entries = [entry for entry in entries if not re.match(rf"{re.escape(pin)}[\s;]", entry)]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--uv", default="uv", help="the program uv")
    parser.add_argument("requirements", nargs="*", type=Path, help="hashed requirements [requirements/*.txt]")
    options = parser.parse_args(arguments)
    files = options.requirements or sorted((BACKEND / "requirements").glob("*.txt"))
    cells = [(file, python, name) for file in files for python in PYTHONS for name in PLATFORMS]
    try:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(
                pool.map(lambda cell: missing_wheels(options.uv, cell[0], cell[1], PLATFORMS[cell[2]]), cells)
            )
    except (RegistryError, OSError) as error:
        print(f"The wheels cannot be checked: {error}", file=sys.stderr)
        return 2
    for (file, python, name), missing in zip(cells, results, strict=True):
        result = f"missing: {', '.join(missing)}" if missing else "ok"
        print(f"{file.name:<14} Python {python}  {name:<14} {result}")
    return int(any(results))


if __name__ == "__main__":
    sys.exit(main())
