"""Starting, stopping and restarting the embedded servers."""

from __future__ import annotations

import importlib.util
import os
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis
from dotenv import dotenv_values
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.core.exceptions import AlreadyRunningError, ConfigurationError, ServerFailedError
from embedded.postgres_roles import OWNER
from embedded.stack import EmbeddedStack

if TYPE_CHECKING:
    from pathlib import Path

    from embedded.process_identity import ProcessIdentity

pytestmark = pytest.mark.slow


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def processes(stack: EmbeddedStack) -> list[ProcessIdentity]:
    return [server.identity for server in stack.servers if server.identity]


def redis_of(environment: dict[str, str]) -> redis.Redis:
    return redis.Redis(
        retry=Retry(NoBackoff(), 0),
        host=environment["REDIS_HOST"],
        port=int(environment["REDIS_PORT"]),
        password=environment["REDIS_PASSWORD"],
    )


def bearer(environment: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {environment['STORAGE_EMULATOR_TOKEN']}"}


def put(environment: dict[str, str], name: str, content: bytes) -> None:
    url = f"{environment['STORAGE_EMULATOR_HOST']}/upload/storage/v1/b/kept/o?uploadType=media&name={name}"
    with urllib.request.urlopen(urllib.request.Request(url, data=content, headers=bearer(environment))):
        pass


def get(environment: dict[str, str], name: str) -> bytes:
    url = f"{environment['STORAGE_EMULATOR_HOST']}/download/storage/v1/b/kept/o/{name}?alt=media"
    with urllib.request.urlopen(urllib.request.Request(url, headers=bearer(environment))) as answer:
        content: bytes = answer.read()
        return content


def test_second_run_keeps_data_and_ports(data_dir: Path) -> None:
    with EmbeddedStack(data_dir, bucket="kept") as stack:
        first = stack.environment()
        with psycopg.connect(first["DATABASE_URL"]) as connection:
            connection.execute("CREATE TABLE note (text text)")
            connection.execute("INSERT INTO note VALUES ('Grüße 日本')")
        with redis_of(first) as client:
            client.set("note", "kept")
        put(first, "note.txt", b"kept")

    with EmbeddedStack(data_dir, bucket="kept") as stack:
        second = stack.environment()
        with psycopg.connect(second["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT text FROM note").fetchall() == [("Grüße 日本",)]
        with redis_of(second) as client:
            assert client.get("note") == b"kept"
        assert get(second, "note.txt") == b"kept"
    assert first.pop("STORAGE_EMULATOR_TOKEN") != second.pop("STORAGE_EMULATOR_TOKEN")
    assert second == first


def test_settings_find_servers_and_files_are_private(data_dir: Path) -> None:
    with EmbeddedStack(data_dir, bucket="kept", durable=False) as stack:
        assert dotenv_values(data_dir / "stack.env") == stack.environment()
        for name in ("stack.env", "secrets.json", "running.json", "valkey.conf", "gcs-service-account.json"):
            assert mode(data_dir / name) == 0o600, name
        for name in ("postgres", "valkey", "storage", "logs"):
            assert mode(data_dir / name) == 0o700, name
        running = processes(stack)
        assert len(running) == 3
        # Ctrl-C in the terminal must not reach the servers, which run in sessions of their own.
        assert os.getsid(0) not in {os.getsid(identity.pid) for identity in running}
        for identity in running:
            process = identity.find()
            assert process is not None
            assert {connection.laddr.ip for connection in process.net_connections("inet")} <= {"127.0.0.1"}
            assert stack.environment()["REDIS_PASSWORD"] not in " ".join(process.cmdline())

    assert not (data_dir / "stack.env").exists()
    assert not (data_dir / "running.json").exists()
    assert [identity.find() for identity in running] == [None, None, None]
    stack.stop()


def test_open_directory_of_earlier_version_becomes_private(data_dir: Path) -> None:
    data_dir.chmod(0o711)
    reported: list[str] = []
    for _ in range(2):
        with EmbeddedStack(
            data_dir, bucket="kept", database=False, storage=False, durable=False, report=reported.append
        ):
            assert mode(data_dir) == 0o700
    (message,) = reported
    assert message.startswith(f"Changed the permissions of {data_dir} from 0711 to 0700, because other users")


def test_connection_without_password_is_rejected(data_dir: Path) -> None:
    with EmbeddedStack(data_dir, bucket="kept", storage=False, durable=False) as stack:
        environment = stack.environment()
        url = environment["DATABASE_URL"].replace(stack.data_dir.secret(OWNER), "wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url)
        wrong = environment | {"REDIS_PASSWORD": "wrong"}
        with redis_of(wrong) as client, pytest.raises(redis.AuthenticationError):
            client.ping()


def test_ports_in_use_are_replaced(data_dir: Path) -> None:
    with EmbeddedStack(data_dir, bucket="kept", durable=False) as stack:
        before = {server.name: server.port for server in stack.servers}
    strangers = [socket.create_server(("127.0.0.1", port)) for port in before.values()]
    try:
        with EmbeddedStack(data_dir, bucket="kept", durable=False) as stack:
            after = {server.name: server.port for server in stack.servers}
            with psycopg.connect(stack.environment()["DATABASE_URL"]):
                pass
    finally:
        for stranger in strangers:
            stranger.close()
    assert all(after[name] != before[name] for name in before)


def test_port_taken_during_start_is_replaced(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = EmbeddedStack(data_dir, bucket="kept", database=False, redis=False)
    remembered = stack.data_dir.port
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        answers = [taken]
        monkeypatch.setattr(
            stack.data_dir, "port", lambda name: answers.pop() if answers else remembered(name)
        )
        with stack:
            assert stack.servers[0].port != taken


def test_concurrent_start_names_running_process(data_dir: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.embedded.support.supervisor", str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout
        assert first.stdout.readline() == "ready\n"
        before = (data_dir / "stack.env").read_text()
        with pytest.raises(AlreadyRunningError) as error:
            EmbeddedStack(data_dir, bucket="kept").start()
        assert error.value.cause == f"already running (process {first.pid}) at http://127.0.0.1:1"
        assert (data_dir / "stack.env").read_text() == before
        first.terminate()
    assert first.returncode == 0
    assert not (data_dir / "stack.env").exists()


def test_only_requested_servers_start(tmp_path: Path) -> None:
    directory = tmp_path / "new"
    with EmbeddedStack(directory, bucket="b-1", database=False, storage=False) as stack:
        assert [server.name for server in stack.servers] == ["valkey"]
        assert dotenv_values(directory / "stack.env").keys() == {
            "REDIS_HOST",
            "REDIS_PORT",
            "REDIS_PASSWORD",
        }
        assert not (directory / "postgres").exists()


def test_failed_start_reports_server_and_log(data_dir: Path) -> None:
    (data_dir / "postgres" / "PG_VERSION").write_text("9.1\n")
    with pytest.raises(ServerFailedError) as error:
        EmbeddedStack(data_dir, bucket="kept").start()
    assert error.value.cause.startswith("PostgreSQL exited with code 1; its log is ")
    assert "initialized by PostgreSQL version 9.1" in error.value.log
    assert not (data_dir / "stack.env").exists()
    with EmbeddedStack(data_dir, bucket="kept", database=False):  # the lock was released
        pass


def test_invalid_bucket_name_stops_all_servers(data_dir: Path) -> None:
    stack = EmbeddedStack(data_dir, bucket="Not A Bucket", database=False)
    with pytest.raises(ServerFailedError, match="cannot create the bucket 'Not A Bucket'"):
        stack.start()
    assert processes(stack) == []


def test_unexpected_exit_is_reported(data_dir: Path) -> None:
    with EmbeddedStack(data_dir, bucket="kept", database=False, durable=False) as stack:
        assert stack.failure() is None
        (valkey, _) = stack.servers
        assert valkey.identity
        process = valkey.identity.find()
        assert process
        process.kill()
        while (failure := stack.failure()) is None:
            time.sleep(0.01)
        assert failure.cause.startswith("Valkey exited with code -9")


def test_missing_wheel_error_has_remedy(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="embedded servers are not installed") as error:
        EmbeddedStack(data_dir, bucket="kept").start()
    assert error.value.remedy
    assert "make setup" in error.value.remedy
    assert "DATABASE_URL" in error.value.remedy


def test_unusable_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"cannot use .*file/embedded") as error:
        EmbeddedStack(tmp_path / "file" / "embedded", bucket="kept").start()
    assert error.value.remedy
    assert "EMBEDDED_DIR" in error.value.remedy


def test_blocking_directory_is_named_and_servers_stop(data_dir: Path) -> None:
    (data_dir / "gcs.json").unlink(missing_ok=True)
    (data_dir / "gcs.json").mkdir()
    stack = EmbeddedStack(data_dir, bucket="kept", database=False, durable=False)
    with pytest.raises(ConfigurationError, match=r"cannot use .*gcs\.json for the embedded servers: "):
        stack.start()
    assert processes(stack) == []
    assert not (data_dir / "running.json").exists()
