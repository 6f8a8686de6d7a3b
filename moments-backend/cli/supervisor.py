"""Start the servers that are not configured elsewhere, the worker and the API; run them until Ctrl-C."""

import errno
import ipaddress
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from app.core.client_access import NEW_KEY_COMMAND, has_public_key, public_key_problem
from app.core.config import BACKEND_DIR, Settings, get_settings, servers_to_embed
from app.core.embedded_settings import embedded_dir
from app.core.exceptions import ConfigurationError, PortTakenError, ServerFailedError
from app.core.files.content_types import is_video_name
from app.core.files.private_folder import make_static_dir_private
from app.database.migrations import upgrade_to_head
from cli.output import print_stderr
from cli.processes import SERVICES, ManagedProcess, Service, local_url
from embedded.ports import bind_error

if TYPE_CHECKING:
    from embedded.stack import EmbeddedStack

STDIN, STDOUT, STDERR = range(3)
POLL_SECONDS = 0.2
API_START_SECONDS = 60
STOP_SECONDS = 10


class _StopRequested(BaseException):
    """Raised on Ctrl-C or SIGTERM; no `Exception`, so that no handler catches it."""


@dataclass(frozen=True)
class Profile:
    """The services to start, in order, and the text shown once they run."""

    services: Sequence[Service]
    banner: Callable[[Settings, str, int], str]


def supervise(host: str | None, port: int | None, profile: Profile | None = None) -> None:
    """Start everything, and stop it on Ctrl-C or SIGTERM.

    Raises:
        ConfigurationError: it cannot start; nothing is left running.
        ServerFailedError: a server exited; the others are stopped.
    """
    # psycopg warns about connections that Ctrl-C interrupts.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    _open_standard_streams()
    try:
        with _stopping_on_signals() as stop:
            _supervise(profile or Profile(SERVICES, _banner), host, port, stop)
    except _StopRequested:
        print_stderr("Stopped.")


def _open_standard_streams() -> None:
    """Redirect closed streams (`>&-`) to /dev/null, before a socket gets their descriptors."""
    for number in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            os.set_inheritable(number, True)


def _supervise(profile: Profile, host: str | None, port: int | None, stop: "_Stop") -> None:
    settings = get_settings()
    host, port = host or settings.host, port or settings.port
    require_api_key_for_public_host(host, settings)
    stack = _stack(settings, host, port)
    if stack:
        with stack.data_dir:  # reports another running instance before its port is reported as in use
            pass
    _check_port(host, port)
    _create_directories(settings)
    with ExitStack() as running:
        try:
            _serve(running, stack, profile, host, port, stop)
        except _StopRequested:
            print_stderr("\nStopping …")
            raise


def _serve(
    running: ExitStack,
    stack: "EmbeddedStack | None",
    profile: Profile,
    host: str,
    port: int,
    stop: "_Stop",
) -> NoReturn:
    if stack:
        titles = ", ".join(server.title for server in stack.servers)
        print_stderr(f"Starting {titles} in {stack.data_dir.directory} …")
        running.enter_context(stack)
    get_settings.cache_clear()  # reads the settings of the started servers
    settings = get_settings()
    upgrade_to_head(settings.database_url)
    services = []
    for service in profile.services:
        started = ManagedProcess(service, host, port)
        running.callback(started.stop, within=STOP_SECONDS)
        services.append(started)
        stop.check()
        _wait_until_up(started)
    print_stderr(profile.banner(settings, host, port))
    _watch(stack, services, stop)


def require_api_key_for_public_host(host: str, settings: Settings) -> None:
    """Require a long API key if other machines can reach the API.

    Raises:
        ConfigurationError: `host` is not a loopback address, and API_KEY is not set or too short.
    """
    if has_public_key(settings) or is_loopback(host):
        return
    raise ConfigurationError(
        f"{host} is reachable from other machines, and {public_key_problem(settings)}",
        remedy=f"set API_KEY to a random string, printed by: {NEW_KEY_COMMAND}\n"
        "  or use the default host 127.0.0.1",
    )


def is_loopback(host: str) -> bool:
    """Return whether all addresses of `host` are loopback addresses.

    Raises:
        ConfigurationError: `host` cannot be resolved.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(
            f"cannot resolve HOST {host!r}", remedy="use an address of this machine, such as 127.0.0.1"
        ) from error
    return all(ipaddress.ip_address(address[4][0]).is_loopback for address in found)


def _stack(settings: Settings, host: str, port: int) -> "EmbeddedStack | None":
    wanted = servers_to_embed()
    if not wanted:
        return None
    try:
        # The embedded extra may be missing if all servers are configured elsewhere.
        from embedded.stack import EmbeddedStack  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(
            f"the embedded servers are not installed: {error.name} is missing",
            remedy="run `make setup`, or configure other servers: DATABASE_URL, REDIS_HOST, GCS_BUCKET_NAME",
        ) from error
    return EmbeddedStack(
        embedded_dir(BACKEND_DIR),
        bucket=settings.gcs_bucket_name,
        database="database" in wanted,
        redis="redis" in wanted,
        storage="storage" in wanted,
        address=local_url(host, port),
        report=print_stderr,
    )


def _check_port(host: str, port: int) -> None:
    """Check the port before anything is started."""
    problem = bind_error(host, port)
    if problem is None:
        return
    if problem.errno != errno.EADDRINUSE:
        raise ConfigurationError(
            f"cannot listen on {host} port {port}: {problem.strerror}",
            remedy="set another address with --host and --port, or HOST and PORT",
        )
    raise PortTakenError(
        f"port {port} is in use by another program",
        remedy="use another port: `make run PORT=7006`, or --port 7006",
    )


def _create_directories(settings: Settings) -> None:
    folders = (
        *(settings.videos_dir, settings.audios_dir, settings.transcripts_dir),
        *(settings.moments_dir, settings.moment_clips_dir, settings.thumbnails_dir),
    )
    if message := make_static_dir_private(settings):
        print_stderr(message)
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"cannot create the directory {error.filename}: {error.strerror}",
            remedy="make its parent writable, or set STATIC_DIR to another directory",
        ) from error


def _wait_until_up(running: ManagedProcess) -> None:
    deadline = time.monotonic() + API_START_SECONDS
    while not running.is_ready():
        if running.has_exited:
            raise running.exit_error()
        if time.monotonic() > deadline:
            raise ServerFailedError(f"{running.service.title} is not ready after {API_START_SECONDS} s")
        time.sleep(POLL_SECONDS / 4)


def _watch(stack: "EmbeddedStack | None", services: list[ManagedProcess], stop: "_Stop") -> NoReturn:
    while True:
        time.sleep(POLL_SECONDS)
        stop.check()
        for running in services:
            running.restart_if_exited()
            running.restart_if_changed()
        failure = stack.failure() if stack else None
        if failure:
            raise failure


def _banner(settings: Settings, host: str, port: int) -> str:
    url = local_url(host, port)
    count = sum(is_video_name(path.name) for path in settings.videos_dir.iterdir())
    found = f"{count} {'video' if count == 1 else 'videos'} in {settings.videos_dir}"
    if count:
        advice = [
            "To add new ones to the library, run in another terminal:",
            "  make migrate",
        ]
    else:
        advice = [
            "No videos yet. Drop files onto the page, or run in another terminal:",
            "  make demo       create and add a few short talks",
            f"  make migrate    add the videos in {settings.videos_dir}",
        ]
    command = f"{BACKEND_DIR.name}/.venv/bin/videomoments"
    advice += ["", "To find the moments of a video:", f"  {command} add FILE|LINK …"]
    lines = [
        *("", f"VideoMoments is running at {url}", "Open this address in a browser.", ""),
        *(f"  API      {url}/docs", f"  folder   {found}", ""),
        *(*advice, "", "Ctrl-C stops everything."),
    ]
    return "\n".join(lines)


class _Stop:
    """Flag set by a signal.

    The signal handler also raises, but an exception in a callback, for example of the garbage collector, is
    lost. The flag is therefore polled too.
    """

    def __init__(self) -> None:
        self.requested = False
        self._terminal = _poll_terminal()

    def check(self) -> None:
        """Raise if a signal arrived or the terminal was closed.

        The kernel signals a closed terminal to its first process only. That may be `make`
        (`ssh -t host make run`), which waits for this process instead of stopping it.

        Raises:
            _StopRequested: everything has to stop.
        """
        if self.requested or (self._terminal is not None and self._terminal.poll(0)):
            raise _StopRequested


def _poll_terminal() -> "select.poll | None":
    """Return a poller for the end of the terminal; None in the background and under nohup."""
    try:
        is_foreground = os.tcgetpgrp(STDIN) == os.getpgrp()
    except OSError:  # stdin is not a terminal
        return None
    if not is_foreground or signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return None
    terminal = select.poll()
    terminal.register(STDIN, 0)  # 0: only errors and hang-ups
    return terminal


@contextmanager
def _stopping_on_signals() -> Iterator[_Stop]:
    """Raise `_StopRequested` in the block at the first signal, and ignore further ones."""
    state = _Stop()
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # started by nohup
        signals.discard(signal.SIGHUP)

    def stop(*_: object) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        state.requested = True
        raise _StopRequested

    previous = {number: signal.signal(number, stop) for number in signals}
    try:
        yield state
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
