"""`videomoments doctor` reports unsafe settings and permissions, each with a remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr

from app.core.config import Settings
from cli.checks_base import CheckResult, State
from cli.security_checks import check_api_key, check_network, check_private_files

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LONG_KEY = "0123456789abcdef"


def changed(settings: Settings, **values: object) -> Settings:
    return settings.model_copy(update=values)


def warning(found: str | CheckResult) -> CheckResult:
    assert isinstance(found, CheckResult), found
    assert found.state is State.WARNING
    assert found.remedy
    return found


async def test_short_api_key(settings: Settings) -> None:
    found = warning(await check_api_key(changed(settings, api_key=SecretStr(LONG_KEY[:-1]))))
    assert "fewer than 16 characters" in found.detail
    assert LONG_KEY[:-1] not in str(found)
    assert await check_api_key(changed(settings, api_key=SecretStr(LONG_KEY))) == "set"


async def test_public_host_without_proxy(settings: Settings) -> None:
    public = changed(settings, host="0.0.0.0", api_key=SecretStr(LONG_KEY))
    found = warning(await check_network(public))
    assert "unencrypted" in found.detail
    assert "ALLOWED_HOSTS" in (found.remedy or "")
    behind_proxy = changed(public, allowed_hosts=["videos.example.org"])
    assert "videos.example.org" in str(await check_network(behind_proxy))
    assert await check_network(settings) == "only this machine reaches 127.0.0.1"


async def test_any_cors_origin(settings: Settings) -> None:
    found = warning(await check_network(changed(settings, cors_origins=["*"])))
    assert "CORS_ORIGINS" in found.detail


async def test_folders_open_to_other_users(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await check_private_files(settings) == "other users of this machine cannot read them"
    embedded = tmp_path / "embedded"
    embedded.mkdir()
    embedded.chmod(0o711)
    settings.static_path.chmod(0o750)
    monkeypatch.setenv("EMBEDDED_DIR", str(embedded))
    found = warning(await check_private_files(settings))
    assert found.remedy == f"chmod 0700 {settings.static_path} && chmod 0700 {embedded}"
    assert settings.static_path.stat().st_mode & 0o777 == 0o750  # reported only

    embedded.chmod(0o700)
    shared = changed(settings, static_dir_mode="0750")
    assert await check_private_files(shared) == "other users of this machine cannot read them"
    settings.static_path.chmod(0o755)
    warning(await check_private_files(shared))


async def test_secrets_readable_by_other_users(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file, key_file = tmp_path / ".env", tmp_path / "key.json"
    for path in (env_file, key_file):
        path.write_text("{}")
        path.chmod(0o604)
    monkeypatch.setitem(Settings.model_config, "env_file", env_file)
    found = warning(await check_private_files(changed(settings, gcs_service_account_file=key_file)))
    assert found.detail == f"accessible to other users: {env_file} (mode 0604), {key_file} (mode 0604)"
    for path in (env_file, key_file):
        path.chmod(0o640)
    found_after = await check_private_files(changed(settings, gcs_service_account_file=key_file))
    assert found_after == "other users of this machine cannot read them"
