from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings, get_settings
from app.utils import video

NAMES = ["A.MP4", "b.mov", "c.avi", "d e.mkv", "f.g.webm", "h.m4v"]


@pytest.fixture
def videos_dir(tmp_path: Path, clean_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("STATIC_DIR", str(tmp_path))
    get_settings.cache_clear()
    folder = Settings().videos_dir
    folder.mkdir()
    for name in [*NAMES, ".hidden.mp4", "notes.txt", "b.wav"]:
        (folder / name).touch()
    (folder / "folder.mp4").mkdir()
    yield folder
    get_settings.cache_clear()


def test_videos_directory(videos_dir: Path) -> None:
    with pytest.deprecated_call():
        assert video.get_videos_directory() == videos_dir


def test_video_files_of_all_extensions(videos_dir: Path) -> None:
    with pytest.deprecated_call():
        files = video.get_video_files()
    assert files == [videos_dir / name for name in NAMES]


def test_missing_folder(videos_dir: Path) -> None:
    videos_dir.rename(videos_dir.with_name("elsewhere"))
    with pytest.deprecated_call():
        assert video.get_video_files() == []


@pytest.mark.parametrize("name", NAMES)
def test_by_id_and_by_filename(videos_dir: Path, name: str) -> None:
    with pytest.deprecated_call():
        by_id = video.get_video_by_id(Path(name).stem)
    with pytest.deprecated_call():
        by_filename = video.get_video_by_filename(name)
    assert by_id == by_filename == videos_dir / name


def test_first_of_two_files_with_one_id(videos_dir: Path) -> None:
    (videos_dir / "b.avi").touch()
    with pytest.deprecated_call():
        found = video.get_video_by_id("b")
    assert found == videos_dir / "b.avi"


@pytest.mark.parametrize("name", ["nothing", "", "..", "../videos/b", "folder", "notes", ".hidden", "b\0"])
def test_other_files_are_not_found(videos_dir: Path, name: str) -> None:
    with pytest.deprecated_call():
        assert video.get_video_by_id(name) is None
    for filename in (name, f"{name}.mp4", f"{name}.mov" if name != "../videos/b" else name, f"{name}.txt"):
        with pytest.deprecated_call():
            assert video.get_video_by_filename(filename) is None


@pytest.mark.parametrize(
    ("function", "arguments", "replacement"),
    [
        (video.get_video_files, (), "app.repositories.video_db_repository.list_all()"),
        (video.get_video_by_id, ("b",), "app.repositories.video_db_repository.get_by_identifier()"),
        (video.get_video_by_filename, ("b.mov",), "app.repositories.video_db_repository.get_by_identifier()"),
        (video.get_videos_directory, (), "app.core.config.Settings.videos_dir"),
    ],
)
def test_warning_names_caller_and_replacement(
    videos_dir: Path, function: Callable[..., Any], arguments: tuple[str, ...], replacement: str
) -> None:
    with pytest.warns(DeprecationWarning, match="is deprecated") as warned:
        function(*arguments)
    (warning,) = warned
    assert str(warning.message) == f"{function.__name__}() is deprecated: use {replacement}"
    assert warning.filename == __file__
