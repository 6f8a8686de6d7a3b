"""The error tree and its re-exports."""

from collections.abc import Iterator

from app.core import exceptions
from app.core.exceptions import InternalError, VideoMomentsError


def subclasses(error: type[VideoMomentsError]) -> Iterator[type[VideoMomentsError]]:
    for subclass in error.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


def test_package_exports_every_error() -> None:
    errors = [error for error in subclasses(VideoMomentsError) if error.__module__.startswith("app.core")]
    assert [error for error in errors if getattr(exceptions, error.__name__, None) is not error] == []


def test_types_are_unique() -> None:
    errors = [error for error in subclasses(VideoMomentsError) if error.__module__.startswith("app.core")]
    assert [error for error in errors if error.type == VideoMomentsError.type] == [InternalError]
    # Clients without support for the trash treat its videos as missing.
    shared = {exceptions.VideoInTrashError}
    assert len({error.type for error in errors}) == len(errors) - len(shared)


def test_errors_of_files_have_a_remedy() -> None:
    about_files = (exceptions.EmptyFileError, exceptions.NotAVideoError, exceptions.UnusableNameError)
    about_reading = (
        exceptions.LocalFileError,
        exceptions.LocalFileNotFoundError,
        exceptions.FileUnreadableError,
        exceptions.FileChangedError,
        exceptions.MediaLimitError,
        exceptions.NoAudioError,
    )
    assert [error for error in (*about_files, *about_reading) if not error("talk.mp4").remedy] == []
    assert exceptions.NotAVideoError("talk.mp4", remedy="convert it").remedy == "convert it"
