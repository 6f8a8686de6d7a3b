"""Execution of `videomoments migrate`, from its options to its exit code."""

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.config import Settings, get_settings
from app.core.exceptions import CancelledByUserError, DatabaseError, ExitCode, VideoMomentsError
from app.core.terminal_text import escape_control_characters
from app.services.migration import reports
from app.services.migration.cancellation import CancellationToken
from app.services.migration.identification import OnConflict
from app.services.migration.progress import MigrationProgress
from app.services.migration.results import Mode, Result
from app.services.migration.service import Migration, Options
from cli import output
from cli.audit_record import open_database, record_change
from cli.errors import describe
from cli.migrate_report import JsonReporter, TextReporter
from cli.progress import make_display


def run(
    mode: str,
    jobs: int,
    videos_dir: Path | None,
    *,
    as_json: bool,
    recursive: bool = True,
    on_conflict: str = OnConflict.FAIL,
) -> int:
    output.force_utf8_streams()
    settings = get_settings()
    folder = videos_dir or settings.videos_dir
    options = Options(Mode(mode), folder, jobs, recursive, OnConflict(on_conflict))
    shown = f"{str(videos_dir or settings.static_dir / 'videos').removesuffix('/')}/"
    return asyncio.run(_run(options, settings, shown, as_json=as_json))


async def _run(options: Options, settings: Settings, folder: str, *, as_json: bool) -> int:
    meter, stop = MigrationProgress(), CancellationToken()
    refresh_loop, display = make_display(meter)
    reporter = (JsonReporter if as_json else TextReporter)(options.mode, folder, display, stop)
    migration = Migration(options, settings, reporter, meter, stop)
    reporter.begin()
    try:
        with _signals(stop, meter):
            async with refresh_loop:
                result = await migration.run()
    except CancelledByUserError:
        result = Result(options.mode, (), interrupted=True)
    except VideoMomentsError as error:
        # Raised before the first video only; later errors are outcomes of their video.
        output.print_stderr(describe(error))
        return ExitCode.CONFIGURATION
    reporter.end(result)
    if not reporter.is_broken:
        _print_failures(result)
    await _record(result, f"{options.folder.absolute()}/")
    code = result.exit_code
    if reporter.error is not None:
        output.print_stderr(describe(reporter.error))
        code = ExitCode.SOME_FAILED
    if stop.abandoned:
        # Python would wait for the abandoned threads at exit; none of them writes to the database.
        os._exit(code)
    return code


async def _record(result: Result, folder: str) -> None:
    """Record a run in the audit log, for the settings page of the web app."""
    if result.mode.writes and result.outcomes:
        async with open_database() as settings:
            try:
                is_recorded = await reports.is_worth_recording(result, folder)
            except DatabaseError:  # the outcomes were printed
                return
            if not is_recorded:
                return
            details = reports.details_of(result)
            limit = reports.MAX_DETAILS
            await record_change(settings, reports.ACTION, "folder", folder, max_details=limit, **details)


def _print_failures(result: Result) -> None:
    for failure in result.failures:
        reason = failure.reason or ""
        is_named = reason.startswith(failure.filename)
        output.print_stderr(
            escape_control_characters(reason if is_named else f"{failure.filename}: {reason}")
        )
        if failure.remedy:
            output.print_stderr(f"  {escape_control_characters(failure.remedy)}")
    if result.interrupted:
        output.print_stderr(_how_to_resume())


@contextmanager
def _signals(stop: CancellationToken, meter: MigrationProgress) -> Iterator[None]:
    """Finish the current videos at the first Ctrl-C; abort them at the second one, or at SIGTERM.

    Then the default handlers are restored, so that a third Ctrl-C kills a process that hangs.
    """
    loop = asyncio.get_running_loop()
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def abort() -> None:
        stop.cancel_now()
        output.print_stderr("Stopping at once")
        for number in previous:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    def on_interrupt() -> None:
        stop.on_interrupt()
        if stop.is_at_once:
            abort()
        else:
            count = len(meter.current)
            output.print_stderr(
                f"Stopping: finishing {count} video{'' if count == 1 else 's'}; "
                "press Ctrl-C again to stop at once"
            )

    loop.add_signal_handler(signal.SIGINT, on_interrupt)
    loop.add_signal_handler(signal.SIGTERM, abort)
    try:
        yield
    finally:
        for number, handler in previous.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


def _how_to_resume() -> str:
    """Return the command line to repeat, quoted for a shell."""
    program = Path(sys.argv[0])
    is_command = program.suffix != ".py" and os.access(program, os.X_OK)
    return f"Interrupted. To resume: {shlex.join(sys.argv if is_command else sys.orig_argv)}"
