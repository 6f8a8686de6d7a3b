"""The database for a command that also works while `make run` is stopped."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.core.config import BACKEND_DIR, Settings, get_settings, servers_to_embed
from app.core.embedded_settings import embedded_dir
from app.core.exceptions import AlreadyRunningError, LibraryInUseError
from cli.output import print_stderr


@contextmanager
def database_running(*, exclusive: bool) -> Iterator[Settings]:
    """Yield the settings; during the block, run the embedded PostgreSQL if it is used and stopped.

    Args:
        exclusive: `make run` must not use the database.

    Raises:
        LibraryInUseError: `exclusive` is set, and `make run` uses it.
    """
    directory = embedded_dir(BACKEND_DIR)
    if "database" not in servers_to_embed() or not (exclusive or (directory / "postgres").exists()):
        yield get_settings()
        return
    # The embedded extra may be missing if the servers are configured elsewhere.
    from embedded.stack import EmbeddedStack  # noqa: PLC0415

    bucket = get_settings().gcs_bucket_name
    stack = EmbeddedStack(directory, bucket=bucket, redis=False, storage=False, report=print_stderr)
    try:
        stack.start()
    except AlreadyRunningError as error:
        if exclusive:
            raise LibraryInUseError(error.cause, remedy="stop it with Ctrl-C in its terminal") from error
        yield get_settings()
        return
    try:
        get_settings.cache_clear()  # reads the address of the started server
        yield get_settings()
    finally:
        stack.stop()
        get_settings.cache_clear()
