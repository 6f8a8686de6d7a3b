"""What a start finds after a run that was killed, and clears away without hurting anybody else."""

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


@contextmanager
def bystander(**options: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with us, and must be left alone."""
    with subprocess.Popen(["sleep", "600"], **options) as process:  # type: ignore[call-overload]
        yield process
        assert process.poll() is None, "a process that is not ours was ended"
        process.kill()


def record(home: Path, **servers: dict[str, float]) -> None:
    gone = {"pid": 2**22 - 1, "create_time": 1.0}
    (home / "running.json").write_text(json.dumps({"supervisor": gone, "servers": servers}))


def answers(home: Path) -> bool:
    """Whether PostgreSQL starts there and lets us in."""
    with (
        EmbeddedStack(home, bucket="kept", redis=False, storage=False, durable=False) as stack,
        psycopg.connect(stack.environment()["DATABASE_URL"]) as connection,
    ):
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_after_kill_9_the_servers_end_too_and_the_next_start_finds_the_data(home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.embedded.support.supervisor", str(home)],
        stdout=subprocess.PIPE,
        text=True,
    ) as supervisor:
        assert supervisor.stdout
        assert supervisor.stdout.readline() == "ready\n"
        recorded = json.loads((home / "running.json").read_text())["servers"]
        servers = [identity for value in recorded.values() if (identity := ProcessIdentity.read(value))]
        assert len(servers) == 3
        url = next(
            line.split("=", 1)[1].strip("'\n")
            for line in (home / "stack.env").read_text().splitlines()
            if line.startswith("DATABASE_URL=")
        )
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE note AS SELECT 'kept' AS text")
        supervisor.kill()
    if sys.platform == "linux":
        found = [process for identity in servers if (process := identity.find())]
        psutil.wait_procs(found, timeout=30)
        assert [identity.find() for identity in servers] == [None, None, None]

    assert (home / "stack.env").exists()  # nobody was left to remove it
    with EmbeddedStack(home, bucket="kept", durable=False) as stack:
        assert stack.environment()["DATABASE_URL"] == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT text FROM note").fetchall() == [("kept",)]


def test_a_server_left_by_a_killed_run_is_ended(home: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as orphan:
        identity = ProcessIdentity.of(orphan.pid)
        record(home, valkey=identity.as_json())
        with EmbeddedStack(home, bucket="kept", database=False, storage=False, durable=False):
            assert identity.find() is None


def test_a_server_that_this_run_does_not_start_is_ended_as_well(home: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as orphan:
        identity = ProcessIdentity.of(orphan.pid)
        record(home, gcs=identity.as_json())
        with EmbeddedStack(home, bucket="kept", database=False, storage=False, durable=False):
            assert identity.find() is None


def test_another_process_under_a_recorded_number_is_left_alone(home: Path) -> None:
    with bystander() as stranger:
        record(home, valkey={"pid": stranger.pid, "create_time": 12.0})
        with EmbeddedStack(home, bucket="kept", database=False, storage=False, durable=False):
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
def test_a_file_of_ours_that_was_spoilt_stops_nobody(
    home: Path, name: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / name).write_bytes(content)
    monkeypatch.setenv("EMBEDDED_DIR", str(home))
    Settings()
    with EmbeddedStack(home, bucket="kept", database=False, storage=False, durable=False):
        pass


@pytest.mark.parametrize("content", [None, b"", b"\xff", b"[]"])
def test_a_lost_password_is_made_anew_and_the_data_stay(home: Path, content: bytes | None) -> None:
    with EmbeddedStack(home, bucket="kept", redis=False, storage=False, durable=False) as stack:
        url = stack.environment()["DATABASE_URL"]
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept ()")
    secrets = home / "secrets.json"
    secrets.unlink() if content is None else secrets.write_bytes(content)
    with EmbeddedStack(home, bucket="kept", redis=False, storage=False, durable=False) as stack:
        assert stack.environment()["DATABASE_URL"] != url
        with psycopg.connect(stack.environment()["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_password_that_is_refused_is_named_at_once_with_the_way_out(home: Path) -> None:
    (home / "secrets.json").write_text('{"postgres": "not this one"}')
    with pytest.raises(ServerFailedError, match=r"refuses the password in .*secrets\.json") as refused:
        answers(home)
    assert refused.value.remedy
    assert "remove that file" in refused.value.remedy
    (home / "secrets.json").unlink()
    assert answers(home)


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b'{"private_key": "-----BEGIN"}'])
def test_a_key_that_was_spoilt_is_made_anew(home: Path, content: bytes) -> None:
    key = home / "gcs-service-account.json"
    key.write_bytes(content)
    (home / "gcs.tmp" / "left").mkdir(parents=True)
    with EmbeddedStack(home, bucket="kept", database=False, redis=False, durable=False):
        made = key.read_bytes()
        assert service_account.Credentials.from_service_account_file(str(key)).signer_email
    with EmbeddedStack(home, bucket="kept", database=False, redis=False, durable=False):
        assert key.read_bytes() == made


def test_a_lock_file_of_postgresql_that_names_somebody_else_is_no_obstacle(home: Path) -> None:
    # As the server's own user, so that PostgreSQL itself would take the number for a running server.
    owner = (home / "postgres").stat()
    same_user = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    with bystander(**same_user) as stranger:
        lock_file = home / "postgres" / "postmaster.pid"
        lock_file.write_text(
            f"{stranger.pid}\n{home}/postgres\n1700000000\n5432\n\n127.0.0.1\n  1 1\nready\n"
        )
        shutil.chown(lock_file, owner.st_uid, owner.st_gid)
        assert answers(home)


def test_a_database_that_really_runs_on_the_folder_is_never_doubled(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Postgres, "stop_seconds", 0.2)
    with EmbeddedStack(home, bucket="kept", redis=False, storage=False, durable=False) as stack:
        (postgres,) = stack.servers
        assert postgres.identity
        with pytest.raises(ServerFailedError, match=f"still runs on .*process {postgres.identity.pid}"):
            postgres.clean_up_after_crash(None)
        with psycopg.connect(stack.environment()["DATABASE_URL"]):
            pass
        monkeypatch.undo()


def test_a_first_start_that_was_cut_off_begins_again(tmp_path: Path) -> None:
    directory = tmp_path / "embedded"
    half_made = directory / "postgres.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    assert answers(directory)
    assert not half_made.exists()
    assert not (directory / "postgres.password").exists()
