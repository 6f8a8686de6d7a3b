import os
import subprocess
import sys

from app.core.config import BACKEND_DIR


def test_a_database_that_is_away_is_named_in_two_lines() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=BACKEND_DIR,
        env=os.environ | {"DATABASE_URL": "postgresql://somebody:secret@127.0.0.1:1/videomoments"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    told = ended.stdout + ended.stderr
    assert "Connection refused" in told
    assert "check that PostgreSQL runs and DATABASE_URL is correct" in told
    assert "Traceback" not in told
    assert "secret" not in told
