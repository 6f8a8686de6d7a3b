"""`videomoments demo`: a few short talks made on the spot, and their migration."""

import asyncio

from cli.migrate import migrate
from cli.output import force_utf8_streams, print_stderr


def demo() -> None:
    """Fill static/videos with a few short talks, and bring them into the library.

    Their pictures are made by FFmpeg and their words are spoken by espeak-ng. A file that is there is never
    touched, so a second call makes only what is missing.
    """
    # Help and usage errors need none of this.
    from app.core.config import get_settings  # noqa: PLC0415
    from app.core.exceptions import ConfigurationError, DatabaseUnavailableError  # noqa: PLC0415
    from app.database.migrations import describe_database  # noqa: PLC0415
    from demo.videos import make_talks  # noqa: PLC0415

    force_utf8_streams()
    settings = get_settings()
    try:
        describe_database(settings.database_url)
    except DatabaseUnavailableError as error:
        raise ConfigurationError(
            f"there is no library to bring the talks into: {error.cause}",
            remedy="start it with `make run` in another terminal, and call this again",
        ) from error
    asyncio.run(make_talks(settings, report=print_stderr))
    migrate()
