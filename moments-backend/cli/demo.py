"""`videomoments demo`: create short demo talks and migrate them."""

import asyncio

from cli.migrate import migrate
from cli.output import force_utf8_streams, print_stderr

EPILOG = """
**Example**

    make run     in one terminal
    make demo    in another one
"""


def demo() -> None:
    """Create a few short talks in static/videos, and add them to the library.

    FFmpeg generates the pictures and eSpeak NG the speech. Existing files are kept, so repeating the command
    creates only missing ones.
    """
    # Not needed for help and usage errors.
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
            f"cannot add the talks to the library: {error.cause}",
            remedy="start it with `make run` in another terminal, then repeat this command",
        ) from error
    asyncio.run(make_talks(settings, report=print_stderr))
    migrate()
