"""Checks of `videomoments doctor` for unsafe settings and permissions; they change nothing."""

import stat
from pathlib import Path

from app.core.client_access import MIN_PUBLIC_KEY_LENGTH, NEW_KEY_COMMAND, has_public_key
from app.core.concurrency import run_in_thread
from app.core.config import BACKEND_DIR, Settings
from app.core.embedded_settings import embedded_dir
from cli.checks_base import CheckResult, State
from cli.supervisor import is_loopback

OTHERS = stat.S_IRWXO
PROXY_REMEDY = (
    "keep HOST=127.0.0.1 behind a reverse proxy with TLS and set ALLOWED_HOSTS to its public name; see "
    "docs/operations.md"
)


async def check_api_key(settings: Settings) -> str | CheckResult:
    if settings.api_key is None:
        return "not set: only clients on this machine are served, or those with a named key"
    if has_public_key(settings):
        return "set"
    return CheckResult(
        "",
        State.WARNING,
        f"fewer than {MIN_PUBLIC_KEY_LENGTH} characters, which is quickly guessed",
        f"set API_KEY to a random string, printed by: {NEW_KEY_COMMAND}",
    )


async def check_network(settings: Settings) -> str | CheckResult:
    """Check who can reach the API, and whether unencrypted."""
    if "*" in settings.cors_origins:
        return CheckResult(
            "",
            State.WARNING,
            "CORS_ORIGINS contains *: pages of every website may call the API",
            "list the origins of your own pages, or leave CORS_ORIGINS empty",
        )
    if await run_in_thread(is_loopback, settings.host):
        return f"only this machine reaches {settings.host}"
    if not settings.allowed_hosts:
        return CheckResult(
            "",
            State.WARNING,
            f"{settings.host} is reachable from other machines; without TLS, keys and videos are unencrypted",
            PROXY_REMEDY,
        )
    return f"reachable from other machines as {', '.join(settings.allowed_hosts)}"


async def check_private_files(settings: Settings) -> str | CheckResult:
    """Check that other users of this machine read neither videos nor secrets."""
    problems = await run_in_thread(_accessible_to_others, settings)
    if not problems:
        return "other users of this machine cannot read them"
    found = ", ".join(f"{path} (mode {mode:04o})" for path, mode, _ in problems)
    remedy = " && ".join(f"chmod {wanted} {path}" for path, _, wanted in problems)
    return CheckResult("", State.WARNING, f"accessible to other users: {found}", remedy)


def _accessible_to_others(settings: Settings) -> list[tuple[Path, int, str]]:
    """Return path, permissions and the permissions to set."""
    static_mode = int(settings.static_dir_mode, 8)
    env_file = Settings.model_config.get("env_file")
    candidates = (
        (settings.static_path, ~static_mode & 0o077, settings.static_dir_mode),
        (embedded_dir(BACKEND_DIR), OTHERS, "0700"),
        # The group may read them, as that of a systemd service.
        (Path(str(env_file)) if env_file else None, OTHERS, "o="),
        (settings.gcs_service_account_file, OTHERS, "o="),
    )
    problems = []
    for path, denied, wanted in candidates:
        try:
            mode = stat.S_IMODE(path.stat().st_mode) if path else 0
        except OSError:  # missing, which other checks report
            continue
        if path and mode & denied:
            problems.append((path, mode, wanted))
    return problems
