"""`videomoments doctor`: each failure is reported alone, with its remedy."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from app.core.config import Settings
from cli.checks import CHECKS, examine
from cli.checks_base import CheckResult, State
from embedded.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def free_api_port(clean_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use another port than 7005, where the developer's server may be running."""
    monkeypatch.setenv("PORT", str(free_port()))


async def broken(settings: Settings) -> dict[str, CheckResult]:
    """Return the failed checks by name."""
    results = await examine(settings)
    assert [result.name for result in results] == list(CHECKS)
    return {result.name: result for result in results if result.state is State.BROKEN}


def changed(settings: Settings, **values: Any) -> Settings:
    return settings.model_copy(update=values)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_healthy_installation_passes_and_stays_clean(settings: Settings) -> None:
    results = {result.name: result for result in await examine(settings)}
    assert {name for name, result in results.items() if result.state is not State.OK} == {"API", "Worker"}
    assert results["Worker"].state is State.WARNING
    assert results["API"].state is State.WARNING
    assert results["API"].remedy == "start it with `make run`"
    assert results["PostgreSQL"].detail.startswith("18.")
    assert settings.storage_emulator_host
    assert settings.storage_emulator_host in results["Credentials"].detail
    assert list(settings.videos_dir.iterdir()) == []
    assert await stored_names(settings) == []


async def stored_names(settings: Settings) -> list[str]:
    from app.services.storage.gcs_uploader import GCSUploader  # noqa: PLC0415

    uploader = GCSUploader(settings)
    try:
        return [stored.name for stored in await uploader.list_objects("")]
    finally:
        await uploader.close()


async def test_database_unavailable(settings: Settings) -> None:
    url = f"postgresql+psycopg://me:secret@127.0.0.1:{closed_port()}/library"
    found = await broken(changed(settings, database_url=url))
    assert found.keys() == {"PostgreSQL", "Tables"}
    assert "secret" not in str(found)
    assert found["PostgreSQL"].remedy
    assert "DATABASE_URL" in found["PostgreSQL"].remedy


async def test_missing_and_outdated_tables(settings: Settings) -> None:
    with psycopg.connect(settings.database_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        found = await broken(settings)
        assert found.keys() == {"Tables"}
        assert found["Tables"].detail.startswith("revision 0001 is outdated, ")
        connection.execute("DROP TABLE alembic_version")
        found = await broken(settings)
        assert found["Tables"].detail == "no tables"
        assert found["Tables"].remedy
        assert "alembic upgrade head" in found["Tables"].remedy


async def test_redis_unavailable_or_unauthorized(settings: Settings) -> None:
    found = await broken(changed(settings, redis_port=closed_port()))
    assert found.keys() == {"Redis"}
    found = await broken(changed(settings, redis_password=None))
    assert found.keys() == {"Redis"}
    assert "authenticat" in found["Redis"].detail


async def test_missing_bucket(settings: Settings) -> None:
    found = await broken(changed(settings, gcs_bucket_name="missing-bucket"))
    assert found.keys() == {"Bucket"}
    assert "missing-bucket" in found["Bucket"].detail


async def test_missing_key_file(settings: Settings, tmp_path: Path) -> None:
    found = await broken(changed(settings, gcs_service_account_file=tmp_path / "none.json"))
    assert found.keys() == {"Bucket"}
    assert "none.json" in found["Bucket"].detail


async def test_missing_and_wrong_tools(settings: Settings, tmp_path: Path) -> None:
    other = tmp_path / "ffprobe"
    other.write_text("#!/bin/sh\necho something else\n")
    other.chmod(0o755)
    found = await broken(changed(settings, ffmpeg_path=tmp_path / "none", ffprobe_path=other))
    assert found.keys() == {"ffmpeg", "ffprobe"}
    assert found["ffmpeg"].remedy


async def test_unwritable_directory(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = await broken(changed(settings, static_dir=tmp_path / "file" / "static"))
    assert found.keys() == {"Files"}
    assert found["Files"].remedy
    assert "STATIC_DIR" in found["Files"].remedy


async def test_port_in_use(settings: Settings) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = await broken(changed(settings, port=server.server_port))
        server.shutdown()
    assert found.keys() == {"API"}
    assert found["API"].detail.startswith("cannot listen on 127.0.0.1 port ")


async def test_public_host_without_api_key(settings: Settings) -> None:
    found = await broken(changed(settings, host="0.0.0.0"))
    assert found.keys() == {"API"}
    assert found["API"].remedy
    assert "API_KEY" in found["API"].remedy


async def test_make_run_is_the_remedy_if_nothing_runs(clean_environment: None, tmp_path: Path) -> None:
    found = await broken(Settings(static_dir=tmp_path, database_url=Settings().database_url))
    assert found["Bucket"].detail == "the embedded storage is not running"
    assert found["Bucket"].remedy == "start it with `make run`"


def doctor(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "doctor", *options]
    return subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_json_document_and_exit_codes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = doctor("--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    document = json.loads(ended.stdout)
    assert document["ok"] is True
    assert [check["name"] for check in document["checks"]] == list(CHECKS)
    assert document["checks"][-1]["state"] == "warning"

    monkeypatch.setenv("GCS_BUCKET_NAME", "missing-bucket")
    ended = doctor()
    assert (ended.returncode, ended.stderr) == (3, "")
    lines = [line.split(maxsplit=2) for line in ended.stdout.splitlines()]
    assert ["✓", "Redis"] in [line[:2] for line in lines]
    assert ["✗", "Bucket"] in [line[:2] for line in lines]
    assert any(line[0] == "→" for line in lines if line)


@pytest.mark.slow
def test_closed_pipe_ends_silently(settings: Settings) -> None:
    """Close stdout as `doctor --json | head -0` does."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        ended = subprocess.run(
            [sys.executable, "-m", "cli", "doctor", "--json"],
            stdout=gone,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (0, b"")
