"""`/api/system` and `/api/settings`."""

import tomllib
from pathlib import Path

import httpx

from app.core.config import Settings
from app.core.version import VERSION
from app.services.settings_overview import list_settings
from app.services.system import describe_storage

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_version_is_that_of_the_package() -> None:
    assert tomllib.loads(PYPROJECT.read_text())["project"]["version"] == VERSION


async def test_system_reports_every_part(client: httpx.AsyncClient) -> None:
    found = (await client.get("/api/system")).json()
    assert found["version"] == VERSION
    assert found["storage"]["is_embedded"] is True
    states = {part["name"]: part["state"] for part in found["parts"]}
    assert {name: states[name] for name in ("PostgreSQL", "Redis", "Bucket")} == {
        "PostgreSQL": "ok",
        "Redis": "ok",
        "Bucket": "ok",
    }
    assert {part["remedy"] for part in found["parts"] if part["name"] == "Workers"} == {
        "start one with `videomoments worker`, or everything with `make run`"
    }


async def test_settings_hide_secrets(client: httpx.AsyncClient, settings: Settings) -> None:
    answer = await client.get("/api/settings")
    found = {setting["name"]: setting for setting in answer.json()}
    assert len(found) == len(Settings.model_fields)
    assert all(setting["group"] for setting in found.values())
    assert found["DATABASE_URL"]["is_set"]
    token = settings.storage_emulator_token
    assert token is not None
    assert token.get_secret_value() not in answer.text
    assert found["STORAGE_EMULATOR_TOKEN"] | {"description": None} == {
        "name": "STORAGE_EMULATOR_TOKEN",
        "group": "Google Cloud Storage",
        "value": None,
        "default": None,
        "is_set": True,
        "is_secret": True,
        "description": None,
    }


def test_passwords_in_addresses_are_hidden(settings: Settings) -> None:
    changed = settings.model_copy(
        update={
            "database_url": "postgresql+psycopg://me:pa@ss@db.example/videos",
            "moment_base_url": "https://user:secret@models.example/v1",
            "cors_origins": ["https://a:b@one.example"],
        }
    )
    values = {setting.name: setting.value for setting in list_settings(changed)}
    assert values["DATABASE_URL"] == "postgresql+psycopg://…@db.example/videos"
    assert values["MOMENT_BASE_URL"] == "https://…@models.example/v1"
    assert values["CORS_ORIGINS"] == '["https://…@one.example"]'


def test_password_among_parameters_is_hidden(settings: Settings) -> None:
    url = "postgresql+psycopg://db.example/videos?user=me&password=p%40ss&sslmode=require"
    values = {
        setting.name: setting.value
        for setting in list_settings(settings.model_copy(update={"database_url": url}))
    }
    assert values["DATABASE_URL"] == url.replace("p%40ss", "…")


def test_storage_of_another_machine_is_not_embedded(settings: Settings) -> None:
    for host, expected in (
        (None, False),
        ("http://127.0.0.1:9000", True),
        ("http://[::1]:9000", True),
        ("http://storage.example:9000", False),
    ):
        changed = settings.model_copy(update={"storage_emulator_host": host})
        assert describe_storage(changed).is_embedded is expected
