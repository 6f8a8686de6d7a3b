"""Finds the servers of a running embedded stack, so that no command has to be told of them.

The stack writes what it listens on to `.embedded/stack.env` and removes that file when it stops. The file
alone joins the two: nothing in `app` imports the stack.
"""

import os
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

STACK_FILE = "stack.env"
EMBEDDED_DIR_VARIABLE = "EMBEDDED_DIR"

SERVER_SETTINGS: dict[str, frozenset[str]] = {
    "database": frozenset({"database_url"}),
    "redis": frozenset({"redis_host", "redis_port", "redis_db", "redis_password"}),
    "storage": frozenset({"gcs_bucket_name", "gcs_service_account_file", "storage_emulator_host"}),
}
"""The settings that together name one server. Who sets one of them means a server of their own."""

SERVER_TUNING: dict[str, frozenset[str]] = {
    "storage": frozenset({"gcs_chunk_size_mib", "gcs_resumable_uploads"}),
}
"""The settings that suit a server of the stack, and mean no other one when somebody sets them."""


def embedded_dir(backend_dir: Path) -> Path:
    """Where the embedded stack keeps its data: `EMBEDDED_DIR`, else `moments-backend/.embedded`."""
    return Path(os.environ.get(EMBEDDED_DIR_VARIABLE) or backend_dir / ".embedded").absolute()


def servers_not_configured(sources: Iterable[PydanticBaseSettingsSource]) -> set[str]:
    """The servers of which no source names a part: those that the embedded stack is asked for."""
    named = {name for source in sources for name in source()}
    return {server for server, names in SERVER_SETTINGS.items() if not names & named}


class EmbeddedStackSettingsSource(PydanticBaseSettingsSource):
    """What the stack file says, less every server of which another source names a part."""

    def __init__(
        self,
        settings_cls: type[BaseSettings],
        backend_dir: Path,
        named_elsewhere: Sequence[PydanticBaseSettingsSource],
    ) -> None:
        super().__init__(settings_cls)
        self._file = embedded_dir(backend_dir) / STACK_FILE
        self._named_elsewhere = named_elsewhere

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        del field  # the file names every field itself
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        if not self._file.is_file():
            return {}
        # A power cut may leave anything in it: that names no server, and the next start writes it anew.
        lines = StringIO(self._file.read_text(errors="replace"))
        said = dotenv_values(stream=lines, interpolate=False)
        found = {name.lower(): value for name, value in said.items()}
        servers = servers_not_configured(self._named_elsewhere)
        own = {
            name
            for server in servers
            for name in SERVER_SETTINGS[server] | SERVER_TUNING.get(server, frozenset())
        }
        return {name: value for name, value in found.items() if name in own and value is not None}
