"""`videomoments api` upgrades the tables and serves, without starting other servers."""

from __future__ import annotations

import time
import urllib.request
from typing import TYPE_CHECKING

import psycopg
import pytest

from app.database.migrations import driver_connection, open_connection
from app.database.table_data import drop_everything
from embedded.ports import free_port
from tests.cli.support.command import call, start

if TYPE_CHECKING:
    from app.core.config import Settings

pytestmark = pytest.mark.slow


def test_api_upgrades_tables_and_serves(settings: Settings) -> None:
    with open_connection(settings.database_url) as connection:
        connection.exec_driver_sql("SELECT 1")
        drop_everything(driver_connection(connection))
        connection.commit()
    port = free_port()
    with start("api", "--port", str(port)) as process:
        try:
            while True:
                assert process.poll() is None
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as answer:
                        assert answer.status == 200
                        break
                except OSError:
                    time.sleep(0.1)
        finally:
            process.terminate()
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT count(*) FROM videos").fetchone() == (0,)


def test_public_host_requires_a_key(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    refused = call(capsys, "api", "--host", "0.0.0.0")
    assert refused.code == 3
    assert "API_KEY is not set" in refused.err
