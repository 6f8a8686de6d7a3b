"""Settings source for the servers of a running embedded stack.

The stack writes its addresses to `.embedded/stack.env` and removes that file when it stops. The file is the
only connection: nothing in `app` imports the stack.
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
RUNNING_FILE = "running.json"
EMBEDDED_DIR_VARIABLE = "EMBEDDED_DIR"

SERVER_SETTINGS: dict[str, frozenset[str]] = {
    "database": frozenset({"database_url"}),
    "redis": frozenset({"redis_host", "redis_port", "redis_db", "redis_password"}),
    "storage": frozenset(
        {"gcs_bucket_name", "gcs_service_account_file", "storage_emulator_host", "storage_emulator_token"}
    ),
}
"""Settings that identify a server. Setting one of them selects an external server."""


def embedded_dir(backend_dir: Path) -> Path:
    """Return the stack's data directory: `EMBEDDED_DIR`, or `moments-backend/.embedded`."""
    return Path(os.environ.get(EMBEDDED_DIR_VARIABLE) or backend_dir / ".embedded").absolute()


def servers_not_configured(sources: Iterable[PydanticBaseSettingsSource]) -> set[str]:
    """Return the servers that no source configures, so that the embedded stack provides them."""
    configured = {name for source in sources for name in source()}
    return {server for server, names in SERVER_SETTINGS.items() if not names & configured}


class EmbeddedStackSettingsSource(PydanticBaseSettingsSource):
    """Settings from the stack file, without the servers that another source configures."""

    def __init__(
        self,
        settings_cls: type[BaseSettings],
        backend_dir: Path,
        other_sources: Sequence[PydanticBaseSettingsSource],
    ) -> None:
        super().__init__(settings_cls)
        self._file = embedded_dir(backend_dir) / STACK_FILE
        self._other_sources = other_sources

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        del field  # the file contains field names
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        if not self._file.is_file():
            return {}
        # A power cut may have corrupted the file; the next start rewrites it.
        lines = StringIO(self._file.read_text(errors="replace"))
        values = dotenv_values(stream=lines, interpolate=False)
        found = {name.lower(): value for name, value in values.items()}
        servers = servers_not_configured(self._other_sources)
        own = {name for server in servers for name in SERVER_SETTINGS[server]}
        return {name: value for name, value in found.items() if name in own and value is not None}
