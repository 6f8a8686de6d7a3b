"""Files whose bytes matter and whose content does not."""

import os
from pathlib import Path

MIB = 1024 * 1024
SMALL = 300_000
"""Bytes: sent in one request."""
BIG = 20 * MIB
"""Bytes: sent in three chunks of a resumable session."""


def write_random(path: Path, size: int) -> Path:
    path.write_bytes(os.urandom(size))
    return path
