"""Settings, read from the environment, `.env` and the embedded stack.

Only `app/core` and the factories that create clients read them.
"""

import json
import os
import re
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from app.core.embedded_settings import EmbeddedStackSettingsSource, servers_not_configured
from app.core.urls.database import normalise_database_url

BACKEND_DIR = Path(__file__).resolve().parents[2]
"""`moments-backend/`: location of `.env` and base of relative paths."""

ENV_FILE_VARIABLE = "ENV_FILE"
"""Environment variable with the path of another file than `.env`; read once."""

GIB = 1024**3
MAX_SIGNED_URL_HOURS = 168.0
"""Longest validity of V4 signed URLs.

https://cloud.google.com/storage/docs/access-control/signed-urls
"""


def _with_scheme(host: str | None) -> str | None:
    if not host:
        return None
    return (host if "://" in host else f"http://{host}").rstrip("/")


def _as_prefix(prefix: str) -> str:
    return f"{prefix.strip('/')}/" if prefix.strip("/") else ""


def _as_required_prefix(prefix: str) -> str:
    if not prefix.strip("/"):
        raise ValueError("must not be empty, or every object would be below it")
    return _as_prefix(prefix)


def _blank_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _as_list(value: Any) -> Any:
    """Parse `["a", "b"]` and `a, b` as lists."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [part.strip() for part in value.split(",") if part.strip()]


def _host_name(name: str) -> str:
    name = name.strip().lower()
    if not re.fullmatch(r"\[?[a-z0-9_.:-]+\]?", name):
        raise ValueError("must be host names such as videos.example.org, without scheme, path or wildcard")
    return name


HostName = Annotated[str, AfterValidator(_host_name)]
Prefix = Annotated[str, AfterValidator(_as_prefix)]
_prefix = itemgetter(1)
OptionalPath = Annotated[Path | None, BeforeValidator(_blank_is_none)]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(_blank_is_none)]


class Settings(BaseSettings):
    """All settings with their defaults; environment variables are the field names in capitals.

    Precedence: arguments, environment, `moments-backend/.env`, the running embedded stack, defaults.
    """

    model_config = SettingsConfigDict(
        env_file=os.environ.get(ENV_FILE_VARIABLE) or BACKEND_DIR / ".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,  # may be a password
    )

    # PostgreSQL
    database_url: Annotated[str, AfterValidator(normalise_database_url)] = (
        "postgresql+psycopg://postgres:postgres@localhost:5432/videomoments"
    )
    database_pool_size: int = Field(default=5, ge=1)
    database_max_overflow: int = Field(default=10, ge=0)
    database_pool_timeout: float = Field(
        default=30, gt=0, description="Seconds to wait for a free connection."
    )
    database_echo: bool = False

    # Redis protocol
    redis_host: str = "127.0.0.1"
    redis_port: int = Field(default=6379, ge=1, le=65535)
    redis_db: int = Field(default=0, ge=0)
    redis_password: OptionalSecret = None

    # Google Cloud Storage
    gcs_bucket_name: str = "rumble-ai-bucket-1"
    gcs_audio_prefix: Prefix = "audio/"
    gcs_clips_prefix: Prefix = "clips/"
    gcs_videos_prefix: Prefix = "videos/"
    gcs_transcripts_prefix: Prefix = "transcripts/"
    gcs_moments_prefix: Prefix = "moments/"
    gcs_playback_prefix: Prefix = "playback/"
    gcs_storyboards_prefix: Prefix = "storyboards/"
    gcs_thumbnails_prefix: Prefix = "thumbnails/"
    gcs_captions_prefix: Prefix = "captions/"
    gcs_chapters_prefix: Prefix = "chapters/"
    gcs_exports_prefix: Prefix = "exports/"
    gcs_trash_prefix: Annotated[str, AfterValidator(_as_required_prefix)] = Field(
        default="trash/", description="Objects that `doctor --storage --apply` removed, for TRASH_DAYS."
    )
    gcs_service_account_file: OptionalPath = None
    gcs_signed_url_expiry_hours: float = Field(default=1.0, gt=0, le=MAX_SIGNED_URL_HOURS)
    gcs_upload_timeout_seconds: float = Field(default=1800, gt=0, description="Seconds per file.")
    gcs_stall_timeout_seconds: float = Field(
        default=120, gt=0, description="Seconds without progress after which an upload fails."
    )
    gcs_max_retries: int = Field(default=3, ge=0)
    gcs_retry_base_delay: float = Field(default=1.0, ge=0, description="Seconds; doubled with each retry.")
    gcs_chunk_size_mib: int = Field(
        default=8, ge=1, le=1024, description="Size of the upload chunks held in memory."
    )
    gcs_resumable_uploads: int = Field(
        default=8, ge=1, description="Concurrent uploads of files larger than one chunk."
    )
    gcs_upload_threads: int = Field(default=8, ge=1, le=64)
    storage_emulator_host: Annotated[str | None, AfterValidator(_with_scheme)] = None
    storage_emulator_token: OptionalSecret = None

    gcs_source_buckets: Annotated[list[str], NoDecode, BeforeValidator(_as_list)] = Field(
        default=[], description="Other buckets whose objects may be downloaded by gs:// links."
    )

    # Files on this machine
    static_dir: Path = Path("static")
    static_dir_mode: Literal["0700", "0750", "0770"] = Field(
        default="0700", description="Permissions of STATIC_DIR itself; 0750 lets nginx's group read it."
    )
    ffmpeg_path: OptionalPath = None
    ffprobe_path: OptionalPath = None
    ffprobe_timeout_seconds: float = Field(default=60, gt=0)
    media_max_pixels: int = Field(
        default=40_000_000, ge=1, le=2**31 - 1, description="Pixels per frame; 8K has 33,177,600."
    )
    media_memory_limit_mib: int = Field(
        default=2048, ge=256, description="Address space of each FFmpeg and ffprobe process."
    )

    keep_location: bool = Field(default=False, description="Store the GPS coordinates of the recording.")
    playback_copies: Literal["auto", "on_demand", "off"] = Field(
        default="auto", description="When copies of videos that browsers cannot play are made."
    )

    # Uploads
    upload_max_size_bytes: int = Field(default=100 * GIB, gt=0)
    upload_max_pending: int = Field(default=100, gt=0, description="Unfinished uploads at one time.")
    upload_ttl: int = Field(
        default=7 * 24 * 3600,
        gt=0,
        description="Seconds after the last byte until an unfinished upload is deleted.",
    )

    # Downloads and the pipeline
    video_download_max_size_bytes: int = Field(default=10 * GIB, gt=0)
    video_download_timeout_seconds: float = Field(default=1800, gt=0)
    video_download_allowed_networks: Annotated[
        list[IPv4Network | IPv6Network], NoDecode, BeforeValidator(_as_list)
    ] = []
    clip_padding: float = Field(default=0.0, ge=0, description="Seconds added before and after a moment.")
    export_max_queued: int = Field(default=500, gt=0, description="Queued and active exports at one time.")
    near_duplicates: bool = True
    """Compare the frames of all videos in a worker, to find near-duplicates."""
    trash_days: int = Field(
        default=30, ge=1, description="Days until deleted videos and moments are deleted for good."
    )
    verify_every_days: int = Field(
        default=0, ge=0, description="Days between comparisons of all videos with the bucket; 0: never."
    )
    moment_feedback_weights: bool = Field(
        default=False, description="Weight the selection of moments by what users kept, rated and deleted."
    )
    job_lock_ttl: int = Field(default=900, gt=0, description="Seconds until the lock of a run expires.")
    pipeline_history_ttl: int = Field(default=86400, gt=0, description="Seconds that run history is kept.")
    pipeline_history_max_runs: int = Field(default=50, gt=0)
    pipeline_max_queued: int = Field(default=1000, gt=0, description="Queued and active runs at one time.")

    # The workers
    worker_concurrency: int = Field(default=4, ge=1, description="Concurrent runs per worker.")
    worker_ffmpeg_limit: int = Field(default=2, ge=1, description="Concurrent FFmpeg processes per worker.")
    worker_transcription_limit: int = Field(default=1, ge=1)
    worker_upload_limit: int = Field(default=3, ge=1, description="Concurrent uploads and downloads.")
    worker_model_limit: int = Field(default=8, ge=1, description="Concurrent requests to the LLM.")
    worker_heartbeat_seconds: float = Field(default=4, gt=0)
    worker_stalled_after_seconds: float = Field(
        default=15, gt=0, description="Seconds without a heartbeat after which a worker loses its runs."
    )

    # Transcription
    transcription_engine: Literal["whisper", "openai", "http"] = "whisper"
    transcription_language: str | None = Field(
        default=None, description="Language code such as `en`; detected by default."
    )
    whisper_model: str | None = Field(
        default=None,
        description="Folder or faster-whisper model name, for every language that it supports; by default the"
        " bundled tiny.en for English, and base for other languages.",
    )
    vocabulary: Annotated[list[str], NoDecode, BeforeValidator(_as_list)] = Field(
        default=[], description="Names and terms that the recogniser should prefer."
    )
    whisper_beam_size: int = Field(default=5, ge=1, le=10)
    whisper_compute_type: str = "int8"
    whisper_device: str = "cpu"
    whisper_threads: int = Field(default=0, ge=0, description="0 uses all cores.")
    transcription_base_url: str | None = None
    transcription_api_key: OptionalSecret = None
    transcription_model: str = "whisper-1"
    transcription_timeout_seconds: float = Field(default=1800, gt=0, description="Seconds per request.")

    # Moments
    moment_engine: Literal["extractive", "openai"] = "extractive"
    moment_base_url: str | None = None
    moment_api_key: OptionalSecret = None
    moment_model: str = "gpt-5-mini"
    moment_temperature: float | None = Field(default=None, ge=0, le=2)
    moment_timeout_seconds: float = Field(default=300, gt=0, description="Seconds per request.")
    embedding_model_path: OptionalPath = Field(
        default=None, description="Folder with model.onnx and tokenizer.json; the bundled MiniLM by default."
    )

    # Intake and events
    watch_dir: Annotated[list[Path], NoDecode, BeforeValidator(_as_list)] = Field(
        default=[], description="Folders whose new videos are registered."
    )
    watch_interval_seconds: float = Field(
        default=10, ge=1, description="Seconds between two scans of the watch folders."
    )
    watch_moments: bool = Field(default=False, description="Find moments in the videos of the watch folders.")
    subscription_max_items: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Videos that a check of a subscription adds by default.",
    )
    webhook_allowed_networks: Annotated[
        list[IPv4Network | IPv6Network], NoDecode, BeforeValidator(_as_list)
    ] = Field(default=[], description="Private networks that webhooks may reach.")

    # The API
    host: str = "127.0.0.1"
    port: int = Field(default=7005, ge=1, le=65535)
    api_key: OptionalSecret = None
    audit_days: int = Field(default=365, ge=1, description="Days that audit entries are kept.")
    allowed_hosts: Annotated[list[HostName], NoDecode, BeforeValidator(_as_list)] = []
    cors_origins: Annotated[list[str], NoDecode, BeforeValidator(_as_list)] = []
    x_accel_redirect_prefix: str | None = Field(
        default=None, description="Internal nginx location of static/videos/, e.g. /protected/videos/."
    )
    event_streams_max: int = Field(default=200, gt=0, description="Open event streams per process.")
    event_streams_per_client: int = Field(
        default=50, gt=0, description="Open event streams per client address."
    )
    web_app_dir: Path = Field(
        default=Path("../moments-frontend/dist"), description="Build of the web app, served at /."
    )

    # Logs and metrics
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    metrics_enabled: bool = Field(default=True, description="Serve /metrics, and publish those of workers.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        embedded = EmbeddedStackSettingsSource(
            settings_cls, BACKEND_DIR, other_sources=(init_settings, env_settings, dotenv_settings)
        )
        return (init_settings, env_settings, dotenv_settings, embedded, file_secret_settings)

    @model_validator(mode="after")
    def _have_own_prefixes(self) -> Self:
        """Refuse equal prefixes: the removal of a video's clips, for example, would remove its original."""
        for prefix, names in groupby(sorted(self.object_prefixes(), key=_prefix), _prefix):
            if len(equal := [name.upper() for name, _ in names]) > 1:
                raise ValueError(f"{', '.join(equal)} must be different, and are all {prefix!r}")
        return self

    def object_prefixes(self) -> list[tuple[str, str]]:
        """Return the name and value of each setting for the names of objects."""
        names = [name for name in type(self).model_fields if re.fullmatch("gcs_[a-z]+_prefix", name)]
        return [(name, getattr(self, name)) for name in names]

    @property
    def static_path(self) -> Path:
        return BACKEND_DIR / self.static_dir

    @property
    def watch_folders(self) -> list[Path]:
        """The folders of `WATCH_DIR`, each once."""
        return list(dict.fromkeys(BACKEND_DIR / folder.expanduser() for folder in self.watch_dir))

    @property
    def web_app_path(self) -> Path:
        return BACKEND_DIR / self.web_app_dir

    @property
    def videos_dir(self) -> Path:
        return self.static_path / "videos"

    @property
    def uploads_dir(self) -> Path:
        """Folder of unfinished uploads, on the videos' disk so that a complete one only needs a rename."""
        return self.static_path / "uploads"

    @property
    def audios_dir(self) -> Path:
        return self.static_path / "audios"

    @property
    def transcripts_dir(self) -> Path:
        return self.static_path / "transcripts"

    @property
    def moments_dir(self) -> Path:
        return self.static_path / "moments"

    @property
    def moment_clips_dir(self) -> Path:
        return self.static_path / "moment_clips"

    @property
    def thumbnails_dir(self) -> Path:
        return self.static_path / "thumbnails"

    @property
    def storyboards_dir(self) -> Path:
        return self.static_path / "storyboards"

    @property
    def captions_dir(self) -> Path:
        return self.static_path / "captions"

    @property
    def chapters_dir(self) -> Path:
        return self.static_path / "chapters"

    @property
    def work_dir(self) -> Path:
        """Folder of the temporary files of runs, on the videos' disk."""
        return self.static_path / ".work"

    @property
    def trash_dir(self) -> Path:
        """Folder of the files that `doctor --storage --apply` removed, on the videos' disk."""
        return self.static_path / ".trash"

    @property
    def url_registry_file(self) -> Path:
        return self.static_path / "url_registry.json"


def servers_to_embed() -> set[str]:
    """Return the servers that neither environment nor `.env` configures: `database`, `redis`, `storage`.

    Ignores the stack file, which may be left over from a killed stack.
    """
    return servers_not_configured((EnvSettingsSource(Settings), DotEnvSettingsSource(Settings)))


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process, which are read once (see `cache_clear`)."""
    return Settings()
