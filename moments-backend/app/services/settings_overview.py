"""The settings of this process without their secrets."""

import json
import re
from typing import Any

from pydantic import SecretStr
from pydantic_core import PydanticUndefined, to_jsonable_python

from app.core.config import Settings
from app.models.system import SettingInfo

_GROUPS = {
    "database_url": "PostgreSQL",
    "redis_host": "Redis",
    "gcs_bucket_name": "Google Cloud Storage",
    "static_dir": "Files on this machine",
    "upload_max_size_bytes": "Uploads",
    "video_download_max_size_bytes": "Downloads and the pipeline",
    "worker_concurrency": "Workers",
    "transcription_engine": "Transcription",
    "moment_engine": "Moments",
    "host": "API",
    "log_format": "Logs and metrics",
}
"""Name of each group by its first setting, in the order of the fields."""
_USER_INFO = re.compile(r"(?<=://)[^/?#]*@")
"""User and password of a URL, up to the last `@` of the authority."""
HIDDEN_USER_INFO = "…@"
_PASSWORD = re.compile(r"(?<=[?&])((?:ssl)?password=)[^&#]*", re.IGNORECASE)
"""Parameter of a database URL, which libpq accepts instead of a password before the host."""


def list_settings(settings: Settings) -> list[SettingInfo]:
    """Return all settings in the order of their definition, without passwords, keys and tokens."""
    values = []
    group = ""
    for name, field in Settings.model_fields.items():
        group = _GROUPS.get(name, group)
        value = getattr(settings, name)
        default = None if field.default is PydanticUndefined else field.default
        is_secret = SecretStr.__name__ in repr(field.annotation)
        values.append(
            SettingInfo(
                name=name.upper(),
                group=group,
                value=None if is_secret else _as_text(value),
                default=None if is_secret else _as_text(default),
                is_set=value != default,
                is_secret=is_secret,
                description=field.description,
            )
        )
    return values


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    plain = to_jsonable_python(value, fallback=str)
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    return _PASSWORD.sub(r"\1…", _USER_INFO.sub(HIDDEN_USER_INFO, text))
