"""Crash recovery: a start cleans up after a killed run without affecting unrelated processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
from google.oauth2 import service_account

from app.core.config import Settings
from app.core.exceptions import ServerFailedError
from embedded.postgres import Postgres
from embedded.process_identity import ProcessIdentity
from embedded.stack import EmbeddedStack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@contextmanager
def bystander(**options: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run an unrelated process, which must not be terminated."""
    with subprocess.Popen(["sleep", "600"], **options) as process:  # type: ignore[call-overload]
        yield process
        assert process.poll() is None, "a process that is not ours was ended"
        process.kill()


def record(data_dir: Path, **servers: dict[str, float]) -> None:
    gone = {"pid": 2**22 - 1, "create_time": 1.0}
    (data_dir / "running.json").write_text(json.dumps({"supervisor": gone, "servers": servers}))


def answers(data_dir: Path) -> bool:
    """Return whether PostgreSQL starts and accepts a connection."""
    with (
        EmbeddedStack(data_dir, bucket="kept", redis=False, storage=False, durable=False) as stack,
        psycopg.connect(stack.environment()["DATABASE_URL"]) as connection,
    ):
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_killed_supervisor_keeps_data(data_dir: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.embedded.support.supervisor", str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
    ) as supervisor:
        assert supervisor.stdout
        assert supervisor.stdout.readline() == "ready\n"
        recorded = json.loads((data_dir / "running.json").read_text())["servers"]
        servers = [identity for value in recorded.values() if (identity := ProcessIdentity.read(value))]
        assert len(servers) == 3
        url = next(
            line.split("=", 1)[1].strip("'\n")
            for line in (data_dir / "stack.env").read_text().splitlines()
            if line.startswith("DATABASE_URL=")
        )
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE note AS SELECT 'kept' AS text")
        supervisor.kill()
    if sys.platform == "linux":
        found = [process for identity in servers if (process := identity.find())]
        psutil.wait_procs(found, timeout=30)
        assert [identity.find() for identity in servers] == [None, None, None]

    assert (data_dir / "stack.env").exists()  # the killed process could not delete it
    with EmbeddedStack(data_dir, bucket="kept", durable=False) as stack:
        assert stack.environment()["DATABASE_URL"] == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT text FROM note").fetchall() == [("kept",)]


def test_orphaned_server_is_terminated(data_dir: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as orphan:
        identity = ProcessIdentity.of(orphan.pid)
        record(data_dir, valkey=identity.as_json())
        with EmbeddedStack(data_dir, bucket="kept", database=False, storage=False, durable=False):
            assert identity.find() is None


def test_orphan_of_unrequested_server_is_terminated(data_dir: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as orphan:
        identity = ProcessIdentity.of(orphan.pid)
        record(data_dir, gcs=identity.as_json())
        with EmbeddedStack(data_dir, bucket="kept", database=False, storage=False, durable=False):
            assert identity.find() is None


def test_reused_process_id_is_not_terminated(data_dir: Path) -> None:
    with bystander() as stranger:
        record(data_dir, valkey={"pid": stranger.pid, "create_time": 12.0})
        with EmbeddedStack(data_dir, bucket="kept", database=False, storage=False, durable=False):
            pass


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("running.json", b'{"servers": {"valkey": {"pid": "x"}, "gcs"'),
        ("running.json", b'{"servers": [1, 2], "supervisor": 7}'),
        ("running.json", b'{"servers": {"valkey": {"pid": -5, "create_time": 1.0}}}'),
        ("ports.json", b'{"valkey": 99999999}'),
        ("ports.json", b"\xff"),
        ("stack.env", b"\xff='"),
    ],
)
def test_corrupt_state_file_is_ignored(
    data_dir: Path, name: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data_dir / name).write_bytes(content)
    monkeypatch.setenv("EMBEDDED_DIR", str(data_dir))
    Settings()
    with EmbeddedStack(data_dir, bucket="kept", database=False, storage=False, durable=False):
        pass


@pytest.mark.parametrize("content", [None, b"", b"\xff", b"[]"])
def test_lost_password_is_replaced_and_data_kept(data_dir: Path, content: bytes | None) -> None:
    with EmbeddedStack(data_dir, bucket="kept", redis=False, storage=False, durable=False) as stack:
        url = stack.environment()["DATABASE_URL"]
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept ()")
    secrets = data_dir / "secrets.json"
    secrets.unlink() if content is None else secrets.write_bytes(content)
    with EmbeddedStack(data_dir, bucket="kept", redis=False, storage=False, durable=False) as stack:
        assert stack.environment()["DATABASE_URL"] != url
        with psycopg.connect(stack.environment()["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_rejected_password_error_has_remedy(data_dir: Path) -> None:
    (data_dir / "secrets.json").write_text('{"postgres": "not this one"}')
    with pytest.raises(ServerFailedError, match=r"rejects the password in .*secrets\.json") as refused:
        answers(data_dir)
    assert refused.value.remedy
    assert "delete that file" in refused.value.remedy
    (data_dir / "secrets.json").unlink()
    assert answers(data_dir)


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b'{"private_key": "-----BEGIN"}'])
def test_corrupt_key_is_regenerated(data_dir: Path, content: bytes) -> None:
    key = data_dir / "gcs-service-account.json"
    key.write_bytes(content)
    (data_dir / "gcs.tmp" / "left").mkdir(parents=True)
    with EmbeddedStack(data_dir, bucket="kept", database=False, redis=False, durable=False):
        made = key.read_bytes()
        assert service_account.Credentials.from_service_account_file(str(key)).signer_email
    with EmbeddedStack(data_dir, bucket="kept", database=False, redis=False, durable=False):
        assert key.read_bytes() == made


def test_stale_postgresql_lock_file_is_deleted(data_dir: Path) -> None:
    # Owned by the server's user, so that PostgreSQL treats the process id as a running server.
    owner = (data_dir / "postgres").stat()
    same_user = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    with bystander(**same_user) as stranger:
        lock_file = data_dir / "postgres" / "postmaster.pid"
        lock_file.write_text(
            f"{stranger.pid}\n{data_dir}/postgres\n1700000000\n5432\n\n127.0.0.1\n  1 1\nready\n"
        )
        shutil.chown(lock_file, owner.st_uid, owner.st_gid)
        assert answers(data_dir)


def test_running_database_prevents_second_start(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Postgres, "stop_seconds", 0.2)
    with EmbeddedStack(data_dir, bucket="kept", redis=False, storage=False, durable=False) as stack:
        (postgres,) = stack.servers
        assert postgres.identity
        with pytest.raises(ServerFailedError, match=f"still runs on .*process {postgres.identity.pid}"):
            postgres.clean_up_after_crash(None)
        with psycopg.connect(stack.environment()["DATABASE_URL"]):
            pass
        monkeypatch.undo()


def test_interrupted_first_start_is_repeated(tmp_path: Path) -> None:
    directory = tmp_path / "embedded"
    half_made = directory / "postgres.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    assert answers(directory)
    assert not half_made.exists()
    assert not (directory / "postgres.password").exists()
