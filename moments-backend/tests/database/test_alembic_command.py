import os
import subprocess
import sys

import pytest

from app.core.config import BACKEND_DIR

pytestmark = pytest.mark.slow


def test_unavailable_database_prints_cause_and_remedy() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=BACKEND_DIR,
        env=os.environ | {"DATABASE_URL": "postgresql://user:secret@127.0.0.1:1/videomoments"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    output = ended.stdout + ended.stderr
    assert "Connection refused" in output
    assert "check that PostgreSQL runs and DATABASE_URL is correct" in output
    assert "Traceback" not in output
    assert "secret" not in output
