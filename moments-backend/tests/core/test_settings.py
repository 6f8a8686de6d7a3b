"""Sources of settings, their precedence, and validation."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.core.config import BACKEND_DIR, Settings, get_settings, servers_to_embed
from app.core.embedded_settings import SERVER_SETTINGS

STACK = {
    "DATABASE_URL": "postgresql+psycopg://embedded@127.0.0.1:1/videomoments",
    "REDIS_HOST": "127.0.0.1",
    "REDIS_PORT": "2",
    "REDIS_PASSWORD": "embedded",
    "STORAGE_EMULATOR_HOST": "http://127.0.0.1:3",
    "STORAGE_EMULATOR_TOKEN": "embedded",
    "GCS_BUCKET_NAME": "embedded-bucket",
    "GCS_SERVICE_ACCOUNT_FILE": "/embedded/key.json",
}
OTHER_DATABASE = "postgresql+psycopg://mine@db.example/mine"

pytestmark = pytest.mark.usefixtures("clean_environment")


@pytest.fixture
def write_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that writes the `.env` file."""

    def write(**variables: str) -> None:
        path = tmp_path / ".env"
        path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        monkeypatch.setitem(Settings.model_config, "env_file", path)

    return write


@pytest.fixture
def running_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the stack file of a running embedded stack."""
    folder = tmp_path / "embedded"
    folder.mkdir()
    (folder / "stack.env").write_text("".join(f"{name}={value}\n" for name, value in STACK.items()))
    monkeypatch.setenv("EMBEDDED_DIR", str(folder))


def test_defaults() -> None:
    settings = Settings()
    assert settings.database_url == "postgresql+psycopg://postgres:postgres@localhost:5432/videomoments"
    assert (settings.database_pool_size, settings.database_max_overflow) == (5, 10)
    assert (settings.database_pool_timeout, settings.database_echo) == (30, False)
    assert (settings.redis_host, settings.redis_port, settings.redis_db) == ("127.0.0.1", 6379, 0)
    assert settings.redis_password is None
    assert settings.gcs_bucket_name == "rumble-ai-bucket-1"
    assert (settings.gcs_audio_prefix, settings.gcs_clips_prefix) == ("audio/", "clips/")
    assert settings.gcs_videos_prefix == "videos/"
    assert settings.gcs_service_account_file is None
    assert (settings.gcs_signed_url_expiry_hours, settings.gcs_upload_timeout_seconds) == (1.0, 1800)
    assert (settings.gcs_max_retries, settings.gcs_retry_base_delay) == (3, 1.0)
    assert settings.gcs_stall_timeout_seconds == 120
    assert settings.storage_emulator_host is None
    assert settings.video_download_max_size_bytes == 10 * 1024**3
    assert settings.video_download_timeout_seconds == 1800
    assert settings.video_download_allowed_networks == []
    assert (settings.clip_padding, settings.job_lock_ttl) == (0.0, 900)
    assert (settings.pipeline_history_ttl, settings.pipeline_history_max_runs) == (86400, 50)
    assert (settings.host, settings.port, settings.api_key, settings.cors_origins) == (
        "127.0.0.1",
        7005,
        None,
        [],
    )


def test_precedence_arguments_environment_dotenv_stack(
    running_stack: None, write_env: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings().gcs_bucket_name == "embedded-bucket"
    write_env(GCS_BUCKET_NAME="from-dotenv")
    assert Settings().gcs_bucket_name == "from-dotenv"
    monkeypatch.setenv("GCS_BUCKET_NAME", "from-environment")
    assert Settings().gcs_bucket_name == "from-environment"
    assert Settings(gcs_bucket_name="from-argument").gcs_bucket_name == "from-argument"


def test_running_stack_is_used(running_stack: None) -> None:
    settings = Settings()
    assert settings.database_url == STACK["DATABASE_URL"]
    assert settings.redis_port == 2
    assert settings.redis_password is not None
    assert settings.redis_password.get_secret_value() == "embedded"
    assert settings.storage_emulator_host == STACK["STORAGE_EMULATOR_HOST"]
    assert settings.gcs_service_account_file == Path("/embedded/key.json")


@pytest.mark.parametrize("source", ["environment", "dotenv", "argument"])
@pytest.mark.parametrize(
    ("name", "value", "server"),
    [
        ("database_url", OTHER_DATABASE, "database"),
        ("redis_host", "redis.example", "redis"),
        ("redis_port", 7777, "redis"),
        ("gcs_bucket_name", "mine", "storage"),
        ("gcs_service_account_file", Path("/mine.json"), "storage"),
        ("storage_emulator_host", "http://127.0.0.1:9", "storage"),
    ],
)
def test_setting_part_of_a_server_selects_external_one(
    running_stack: None,
    write_env: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    name: str,
    value: Any,
    server: str,
) -> None:
    """Only the configured server becomes external; the others stay embedded."""
    embedded = Settings().model_dump()
    arguments: dict[str, Any] = {}
    if source == "environment":
        monkeypatch.setenv(name.upper(), str(value))
    elif source == "dotenv":
        write_env(**{name.upper(): str(value)})
    else:
        arguments[name] = value
    found = Settings(**arguments).model_dump()
    for group, members in SERVER_SETTINGS.items():
        for member in members - {name}:
            default = Settings.model_fields[member].default
            assert found[member] == (default if group == server else embedded[member])
    assert found[name] == value
    if source != "argument":
        assert servers_to_embed() == SERVER_SETTINGS.keys() - {server}


def test_empty_variable_counts_as_unset(running_stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GCS_BUCKET_NAME", "")
    monkeypatch.setenv("REDIS_PORT", "")
    assert Settings().gcs_bucket_name == "embedded-bucket"
    assert Settings().redis_port == 2


def test_other_entries_of_stack_file_are_ignored(running_stack: None, tmp_path: Path) -> None:
    path = tmp_path / "embedded" / "stack.env"
    path.write_text(path.read_text() + "API_KEY=x\nHOST=0.0.0.0\nNONSENSE\n")
    assert Settings().host == "127.0.0.1"
    assert Settings().api_key is None


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("GCS_SIGNED_URL_EXPIRY_HOURS", "168.1", "less than or equal to 168"),
        ("GCS_SIGNED_URL_EXPIRY_HOURS", "0", "greater than 0"),
        ("GCS_SIGNED_URL_EXPIRY_HOURS", "nan", "less than or equal to 168|greater than 0|finite"),
        ("REDIS_PORT", "65536", "less than or equal to 65535"),
        ("REDIS_PORT", "redis", "valid integer"),
        ("DATABASE_URL", "mysql://u:secret@h/d", "is not a PostgreSQL URL"),
        ("DATABASE_URL", "nonsense", "not a database URL"),
        ("DATABASE_POOL_SIZE", "0", "greater than or equal to 1"),
        ("GCS_UPLOAD_TIMEOUT_SECONDS", "-1", "greater than 0"),
        ("GCS_MAX_RETRIES", "-1", "greater than or equal to 0"),
        ("VIDEO_DOWNLOAD_ALLOWED_NETWORKS", '["127.0.0.0/99"]', "IPv4|IPv6|network"),
        ("VIDEO_DOWNLOAD_ALLOWED_NETWORKS", '["127.0.0.0/8"', "Expecting"),
        ("CORS_ORIGINS", "[http://x]", "Expecting value"),
    ],
)
def test_invalid_values_are_rejected(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, problem: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError, match=problem) as caught:
        Settings()
    assert caught.value.errors()[0]["loc"][0] == variable.lower()
    assert "secret" not in str(caught.value)


def test_signed_urls_last_up_to_a_week() -> None:
    assert Settings(gcs_signed_url_expiry_hours=168).gcs_signed_url_expiry_hours == 168


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("127.0.0.1:4443", "http://127.0.0.1:4443"),
        ("http://127.0.0.1:4443", "http://127.0.0.1:4443"),
        ("https://gcs.local:4443/", "https://gcs.local:4443"),
        ("localhost:9000/", "http://localhost:9000"),
    ],
)
def test_emulator_host_with_or_without_scheme(monkeypatch: pytest.MonkeyPatch, given: str, host: str) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", given)
    assert Settings().storage_emulator_host == host


@pytest.mark.parametrize(
    ("given", "prefix"), [("videos", "videos/"), ("/a/b/", "a/b/"), ("videos/", "videos/"), ("/", "")]
)
def test_prefixes_are_normalised(given: str, prefix: str) -> None:
    assert Settings(gcs_videos_prefix=given).gcs_videos_prefix == prefix


def test_equal_prefixes_are_refused() -> None:
    with pytest.raises(ValidationError, match="GCS_CLIPS_PREFIX, GCS_VIDEOS_PREFIX must be different"):
        Settings(gcs_videos_prefix="clips")


def test_secrets_are_hidden_in_repr() -> None:
    settings = Settings(redis_password="hush", api_key="quiet")
    assert "hush" not in repr(settings)
    assert "quiet" not in repr(settings)


def test_blank_optional_values_are_none() -> None:
    settings = Settings(redis_password="", api_key=" ", gcs_service_account_file="", ffmpeg_path=" ")
    assert settings.redis_password is None
    assert settings.api_key is None
    assert settings.gcs_service_account_file is None
    assert settings.ffmpeg_path is None


@pytest.mark.parametrize(
    "given", ['["127.0.0.0/8", "fd00::/8"]', "127.0.0.0/8, fd00::/8", "127.0.0.0/8,fd00::/8,"]
)
def test_lists_accept_json_or_commas(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("VIDEO_DOWNLOAD_ALLOWED_NETWORKS", given)
    found = [str(network) for network in Settings().video_download_allowed_networks]
    assert found == ["127.0.0.0/8", "fd00::/8"]


def test_single_origin_becomes_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "http://127.0.0.1:5173")
    assert Settings().cors_origins == ["http://127.0.0.1:5173"]
    assert Settings(cors_origins=["http://a"]).cors_origins == ["http://a"]


def test_folders_derive_from_static_dir(tmp_path: Path) -> None:
    settings = Settings(static_dir=tmp_path)
    assert settings.videos_dir == tmp_path / "videos"
    assert settings.audios_dir == tmp_path / "audios"
    assert settings.transcripts_dir == tmp_path / "transcripts"
    assert settings.moments_dir == tmp_path / "moments"
    assert settings.moment_clips_dir == tmp_path / "moment_clips"
    assert settings.thumbnails_dir == tmp_path / "thumbnails"
    assert settings.url_registry_file == tmp_path / "url_registry.json"


def test_relative_static_dir_ignores_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings().videos_dir == BACKEND_DIR / "static" / "videos"
    assert Settings(static_dir=Path("data")).videos_dir == BACKEND_DIR / "data" / "videos"


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    get_settings.cache_clear()
    first = get_settings()
    monkeypatch.setenv("GCS_BUCKET_NAME", "later")
    assert get_settings() is first
    get_settings.cache_clear()
    assert get_settings().gcs_bucket_name == "later"
    get_settings.cache_clear()
