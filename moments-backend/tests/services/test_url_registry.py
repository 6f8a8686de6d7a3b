import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from app.core.config import Settings, get_settings
from app.core.exceptions import FileUnreadableError, InvalidRequestError, LocalFileError
from app.services import url_registry
from app.services.url_registry import URLRegistry

TALK = "https://example.com/Talk.mp4"

REGISTER_MANY = """
import sys
from pathlib import Path
from app.services.url_registry import URLRegistry

registry = URLRegistry(Path(sys.argv[1]))
for number in range(40):
    registry.register(f"https://example.com/{sys.argv[2]}/{number}.mp4", f"{sys.argv[2]}-{number}")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "static" / "url_registry.json"


@pytest.fixture
def registry(path: Path) -> URLRegistry:
    return URLRegistry(path)


@pytest.fixture
def default_settings(
    tmp_path: Path, clean_environment: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    monkeypatch.setenv("STATIC_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


def test_lookup_by_equivalent_links(registry: URLRegistry) -> None:
    before = datetime.now(UTC)
    made = registry.register(f"{TALK}?utm_source=x", "talk")
    assert made.url == TALK
    assert before <= made.registered_at <= datetime.now(UTC)
    assert registry.lookup_by_url("HTTPS://Example.com:443/Talk.mp4#t=1") == made
    assert registry.lookup_by_url("https://example.com/talk.mp4") is None
    assert URLRegistry(registry._path).lookup_by_url(TALK) == made


def test_file_is_one_object_keyed_by_link(registry: URLRegistry, path: Path) -> None:
    registry.register(TALK, "talk")
    stored = json.loads(path.read_bytes())
    assert stored.keys() == {TALK}
    assert stored[TALK].keys() == {"url", "video_id", "registered_at"}


def test_default_path_comes_from_settings(default_settings: Settings) -> None:
    URLRegistry().register(TALK, "talk")
    assert default_settings.url_registry_file.is_file()


def test_missing_file_is_an_empty_registry(registry: URLRegistry, path: Path) -> None:
    assert registry.lookup_by_url(TALK) is None
    assert not registry.unregister(TALK)
    assert not path.exists()


def test_latest_video_of_a_link_wins(registry: URLRegistry) -> None:
    registry.register(TALK, "talk")
    registry.register(TALK, "talk-1760000000")
    assert registry.get_video_id_for_url(TALK) == "talk-1760000000"


def test_unregister(registry: URLRegistry) -> None:
    registry.register(TALK, "talk")
    registry.register("https://example.com/other.mp4", "other")
    assert registry.unregister(f"{TALK}#x")
    assert registry.lookup_by_url(TALK) is None
    assert registry.lookup_by_url("https://example.com/other.mp4") is not None
    assert not registry.unregister(TALK)


def test_new_link_gets_a_free_id(registry: URLRegistry) -> None:
    assert registry.get_video_id_for_url(TALK) == registry.generate_video_id_from_url(TALK) == "talk"
    registry.register("https://elsewhere.example/talk.mp4", "talk")
    made = registry.get_video_id_for_url(TALK)
    assert made.startswith("talk-")
    assert len(made) == len("talk-") + 8
    assert registry.lookup_by_url(TALK) is None


def test_invalid_links_are_rejected(registry: URLRegistry) -> None:
    for use in (
        registry.lookup_by_url,
        registry.unregister,
        registry.get_video_id_for_url,
        registry.generate_video_id_from_url,
        lambda url: registry.register(url, "x"),
    ):
        with pytest.raises(InvalidRequestError):
            use("file:///etc/passwd")


@pytest.mark.slow
def test_concurrent_processes_lose_nothing(registry: URLRegistry, path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", REGISTER_MANY, str(path), name]) for name in ("a", "b", "c")
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    for name in ("a", "b", "c"):
        for number in range(40):
            entry = registry.lookup_by_url(f"https://example.com/{name}/{number}.mp4")
            assert entry is not None
            assert entry.video_id == f"{name}-{number}"


@pytest.mark.parametrize(
    "damaged",
    [b"", b'{"https://exa', b"\xff\xfe", b"[]", b'{"x": {"url": "x"}}', b'{"x": 1}'],
    ids=["empty", "cut short", "no text", "a list", "a part missing", "no entry"],
)
@pytest.mark.parametrize("use", ["read", "write"])
def test_damaged_file_is_renamed_with_a_warning(
    registry: URLRegistry, path: Path, caplog: pytest.LogCaptureFixture, damaged: bytes, use: str
) -> None:
    path.parent.mkdir()
    path.write_bytes(damaged)
    with caplog.at_level(logging.WARNING):
        if use == "read":
            assert registry.lookup_by_url(TALK) is None
        else:
            registry.register(TALK, "talk")
    (backup,) = path.parent.glob("url_registry.json.damaged-*")
    assert backup.read_bytes() == damaged
    assert backup.name in caplog.text
    registry.register(TALK, "talk")
    assert registry.get_video_id_for_url(TALK) == "talk"


def test_unreadable_file_is_an_error(registry: URLRegistry, path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(FileUnreadableError, match="cannot be read"):
        registry.lookup_by_url(TALK)
    with pytest.raises(FileUnreadableError, match="cannot be read"):
        registry.register(TALK, "talk")


def test_folder_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "static").write_text("a file")
    with pytest.raises(LocalFileError, match="could not be written"):
        URLRegistry(tmp_path / "static" / "url_registry.json").register(TALK, "talk")


def test_lock_timeout(registry: URLRegistry, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(url_registry, "LOCK_TIMEOUT_SECONDS", 0.2)
    path.parent.mkdir()
    with (
        FileLock(f"{path}.lock"),
        pytest.raises(LocalFileError, match="was locked by another process") as caught,
    ):
        registry.register(TALK, "talk")
    assert caught.value.retryable
    registry.register(TALK, "talk")
