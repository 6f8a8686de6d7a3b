"""`videomoments keys`: create, list and revoke named API keys."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.models.access_scope import AccessScope
from cli import output
from cli.durations import FORMATS, parse_distance

if TYPE_CHECKING:
    from app.database.models import ApiKey

EPILOG = """
**Scopes**

    read     list, play and download
    edit     also add, change and delete videos, moments, runs and uploads
    admin    also delete local originals, and read the audit log

**Examples**

    videomoments keys create tablet --scope read --expires 90d
    videomoments keys list
    videomoments keys revoke tablet

**Exit codes**

    0    done
    1    no key has this name (revoke), or one has it already (create)
    2    usage error
    3    database unavailable
"""

NEVER = "never"

app = typer.Typer(
    no_args_is_help=True,
    help="Create, list and revoke named API keys.\n\nThe setting API_KEY has all permissions too.",
    epilog=EPILOG,
    rich_markup_mode="markdown",
)
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the key, shown in lists and in the audit log.")],
    *,
    scope: Annotated[AccessScope, typer.Option("--scope", help="Permissions of the key.")] = AccessScope.READ,
    expires: Annotated[str, typer.Option("--expires", help=f"{FORMATS}, or never.".capitalize())] = "365d",
    json_output: JsonOption = False,
) -> None:
    """Create a key and print it. It is shown only once."""
    from app.core.clock import utc_now  # noqa: PLC0415

    output.force_utf8_streams()
    now = utc_now()
    expires_at = None if expires == NEVER else parse_distance(expires, now=now, sign=1)
    if expires_at is not None and expires_at <= now:
        raise typer.BadParameter(f"--expires: {expires} is in the past")
    key = asyncio.run(_create(name, scope, expires_at))
    if json_output:
        output.print_json({"name": name, "scope": scope, "expires_at": _iso(expires_at), "key": key})
        return
    output.print_stdout(f"{key}\n")
    until = f"valid until {_short(expires_at)}" if expires_at else "valid until revoked"
    output.print_stderr(f"Key {name} with scope {scope}, {until}. Store it now: it cannot be shown again.")


@app.command("list")
def list_(*, json_output: JsonOption = False) -> None:
    """List all keys, without their secrets."""
    output.force_utf8_streams()
    keys = asyncio.run(_list())
    if json_output:
        output.print_json([_document(key) for key in keys])
    elif keys:
        _print_table(keys)
    else:
        output.print_stderr("No keys yet. Create one with: videomoments keys create NAME")


@app.command()
def revoke(name: Annotated[str, typer.Argument(help="Name of the key.")]) -> None:
    """Revoke a key and its sessions. Running API processes reject them within 5 seconds."""
    output.force_utf8_streams()
    was_valid = asyncio.run(_revoke(name))
    output.print_stdout(f"{name}: {'revoked' if was_valid else 'was already revoked'}\n")


async def _create(name: str, scope: AccessScope, expires_at: datetime | None) -> str:
    from app.services.access.key_management import create_key  # noqa: PLC0415
    from cli.audit_record import login_details, open_database  # noqa: PLC0415

    async with open_database():
        return await create_key(name, scope, expires_at, details=login_details())


async def _list() -> "list[ApiKey]":
    from app.services.access.key_management import list_keys  # noqa: PLC0415
    from cli.audit_record import open_database  # noqa: PLC0415

    async with open_database():
        return list(await list_keys())


async def _revoke(name: str) -> bool:
    from app.services.access.key_management import revoke_key  # noqa: PLC0415
    from cli.audit_record import login_details, open_database  # noqa: PLC0415

    async with open_database():
        return await revoke_key(name, details=login_details())


def _document(key: "ApiKey") -> dict[str, Any]:
    times = {
        name: _iso(getattr(key, name)) for name in ("created_at", "expires_at", "last_used_at", "revoked_at")
    }
    return {"name": key.name, "scope": key.scope, "state": _state(key)} | times


def _print_table(keys: "list[ApiKey]") -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from cli.runs.table import print_table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "scope", "state", "created", "expires", "last used"):
        table.add_column(heading, no_wrap=True)
    for key in keys:
        times = (
            _short(key.created_at),
            _short(key.expires_at) if key.expires_at else NEVER,
            _short(key.last_used_at) if key.last_used_at else NEVER,
        )
        table.add_row(*(Text(cell) for cell in (key.name, key.scope, _state(key), *times)))
    print_table(table)


def _state(key: "ApiKey") -> str:
    from app.core.clock import utc_now  # noqa: PLC0415

    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= utc_now() else "valid"


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _short(time: datetime) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}"
