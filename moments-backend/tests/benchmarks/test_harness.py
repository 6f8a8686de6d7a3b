"""Benchmark harness and load generator."""

import subprocess
import sys

import pytest

from app.core.config import BACKEND_DIR
from benchmarks.load_generator import ResponseParser

PLAIN = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize(("sent", "status", "length"), [(PLAIN, 206, 5), (CHUNKED, 200, 5), (EMPTY, 200, 0)])
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_response_ends_at_last_byte(sent: bytes, status: int, length: int, step: int) -> None:
    parser = ResponseParser()
    blocks = [memoryview(sent)[start : start + step] for start in range(0, len(sent), step)]

    assert [parser.feed(block) for block in blocks] == [False] * (len(blocks) - 1) + [True]

    assert (parser.status, parser.body_bytes) == (status, length)


@pytest.mark.slow
def test_quick_run_prints_measurements() -> None:
    completed = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "flags", "checksums"],
        cwd=BACKEND_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert completed.returncode == 0, completed.stderr
    assert "MD5 and" in completed.stdout
    assert "Processor: " in completed.stdout
