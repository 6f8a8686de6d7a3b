"""Conversion of errors into lines on stderr and exit codes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from app.core.exceptions import ExitCode, ServerFailedError, VideoMomentsError
from cli.output import BrokenOutputError


def describe(error: VideoMomentsError) -> str:
    """Return the cause and, on further lines, log and remedy."""
    lines = [f"Error: {error.cause}"]
    if isinstance(error, ServerFailedError):
        lines += [f"  | {line}" for line in error.log.splitlines()]
    if error.remedy:
        lines.append(f"  {error.remedy}")
    return "\n".join(lines)


def describe_settings(error: ValidationError) -> str:
    """Return the invalid settings, by the names of their environment variables."""
    lines = ["Error: invalid settings"]
    for problem in error.errors():
        name = "_".join(str(part) for part in problem["loc"][:1]).upper()
        lines.append(f"  {name}: {problem['msg']}" if name else f"  {problem['msg']}")
    return "\n".join(lines)


@contextmanager
def exit_on_error() -> Iterator[None]:
    """End the process with a message and exit code instead of a traceback."""
    try:
        yield
    except VideoMomentsError as error:
        print(describe(error), file=sys.stderr)  # noqa: T201 - the output of a command
        sys.exit(error.exit_code)
    except ValidationError as error:
        print(describe_settings(error), file=sys.stderr)  # noqa: T201
        sys.exit(ExitCode.CONFIGURATION)
    except BrokenOutputError:
        sys.exit(ExitCode.OK)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
