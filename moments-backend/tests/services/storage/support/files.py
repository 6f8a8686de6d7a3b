"""Files with random content."""

import os
from pathlib import Path

MIB = 1024 * 1024
SMALL = 300_000
"""Bytes of a file that is sent in one request."""
BIG = 20 * MIB
"""Bytes of a file that is sent in three chunks of a resumable session."""


def write_random(path: Path, size: int) -> Path:
    path.write_bytes(os.urandom(size))
    return path
