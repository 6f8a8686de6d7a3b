"""The three places that tell of a video, looked at without the product's own code, and the command itself."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from app.core.config import BACKEND_DIR, Settings, get_settings
from cli.errors import exit_on_error
from cli.migrate import make_app

MODULE = (sys.executable, "-m", "scripts.migrate_videos_to_cloud")


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def steady(self) -> str:
        """What went to stdout, with the seconds of uploads, which differ from run to run, as `(_s)`."""
        return re.sub(r"\(\d+\.\ds\)", "(_s)", self.out)


@dataclass(frozen=True)
class StoredFile:
    size: int
    md5: str
    generation: int
    content_type: str | None


@dataclass(frozen=True)
class Library:
    """Table, bucket and folder of one test."""

    settings: Settings

    @property
    def folder(self) -> Path:
        return self.settings.videos_dir

    @property
    def bucket(self) -> str:
        return self.settings.gcs_bucket_name

    # The table

    def rows(self) -> dict[str, dict[str, Any]]:
        with self.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return {row["identifier"]: row for row in cursor.execute("SELECT * FROM videos").fetchall()}

    def execute(self, statement: str, *parameters: object) -> None:
        with self.connection() as connection:
            connection.execute(statement.encode(), parameters)

    def connection(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.settings.database_url.replace("+psycopg", ""))

    # The bucket

    def objects(self) -> dict[str, StoredFile]:
        answer = httpx.get(f"{self._api}/storage/v1/b/{self.bucket}/o", params={"maxResults": 1000})
        return {
            item["name"]: StoredFile(
                int(item["size"]), item["md5Hash"], int(item["generation"]), item.get("contentType")
            )
            for item in answer.raise_for_status().json().get("items", [])
        }

    def download(self, name: str) -> bytes:
        address = f"{self._api}/storage/v1/b/{self.bucket}/o/{quote(name, safe='')}"
        return httpx.get(address, params={"alt": "media"}).raise_for_status().content

    def put(self, name: str, content: bytes) -> None:
        httpx.post(
            f"{self._api}/upload/storage/v1/b/{self.bucket}/o",
            params={"uploadType": "media", "name": name},
            content=content,
        ).raise_for_status()

    def remove(self, name: str) -> None:
        httpx.delete(f"{self._api}/storage/v1/b/{self.bucket}/o/{quote(name, safe='')}").raise_for_status()

    @property
    def _api(self) -> str:
        assert self.settings.storage_emulator_host is not None
        return self.settings.storage_emulator_host

    # The folder

    def files(self) -> dict[str, tuple[int, int, bytes]]:
        """Size, time of change and bytes of every regular file."""
        found = {}
        for path in self.folder.iterdir():
            if path.is_file() and not path.is_symlink():
                status = path.stat()
                found[path.name] = (status.st_size, status.st_mtime_ns, path.read_bytes())
        return found

    def snapshot(self) -> tuple[object, object, object]:
        """Everything that a command which writes nothing leaves as it was."""
        return self.rows(), self.objects(), self.files()


def migrate(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    """Call the command in this process, as if it had just begun."""
    get_settings.cache_clear()
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended, exit_on_error():
        make_app()(list(arguments), prog_name="migrate")
    captured = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return Ran(ended.value.code, captured.out, captured.err)


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start the command as a process of its own."""
    return subprocess.Popen(
        [*MODULE, *arguments],
        cwd=BACKEND_DIR,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def ended(process: subprocess.Popen[str]) -> Ran:
    out, err = process.communicate(timeout=60)
    return Ran(process.returncode, out, err)
