"""`videomoments subscriptions`: list, check, pause and delete subscriptions."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output

if TYPE_CHECKING:
    from app.models.subscription import CheckResult, SubscriptionItemRecord, SubscriptionRecord
    from app.services.subscriptions.service import SubscriptionService

EPILOG = """
**Examples**

    videomoments subscriptions                      all subscriptions
    videomoments subscriptions check 3f2a --dry-run what a check would add
    videomoments subscriptions items 3f2a           the videos that checks found
    videomoments subscriptions pause 3f2a

Any unique prefix of an id is accepted.

**Exit codes**

    0    done
    1    no subscription has this id, or the list could not be read
    2    usage error
    3    database unavailable
"""

app = typer.Typer(
    invoke_without_command=True,
    help="List, check, pause and delete subscriptions. Create one with: videomoments subscribe URL",
    epilog=EPILOG,
    rich_markup_mode="markdown",
)
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the subscription, or a unique prefix of it.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON in the format of the API.")]


@app.callback()
def list_(context: typer.Context, *, json_output: JsonOption = False) -> None:
    """List all subscriptions."""
    if context.invoked_subcommand is not None:
        return
    output.force_utf8_streams()
    records = asyncio.run(_list())
    if json_output:
        output.print_json([record.model_dump(mode="json") for record in records])
    elif records:
        from cli.subscription_output import print_subscriptions  # noqa: PLC0415

        print_subscriptions(records)
    else:
        output.print_stderr("No subscriptions yet. Create one with: videomoments subscribe URL")


@app.command()
def check(
    subscription: Id,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be added.")] = False,
    json_output: JsonOption = False,
) -> None:
    """Check a subscription now."""
    from cli.subscription_output import print_result  # noqa: PLC0415

    output.force_utf8_streams()
    print_result(asyncio.run(_check(subscription, dry_run=dry_run)), as_json=json_output)


@app.command()
def items(
    subscription: Id,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Maximum number of videos.")] = 50,
    json_output: JsonOption = False,
) -> None:
    """List the videos that checks found, latest first."""
    from cli.runs.table import print_table  # noqa: PLC0415
    from cli.subscription_output import add_row, make_table  # noqa: PLC0415

    output.force_utf8_streams()
    found = asyncio.run(_items(subscription, limit))
    if json_output:
        output.print_json([item.model_dump(mode="json") for item in found])
        return
    table = make_table("state", "title", "address", "reason")
    for item in found:
        add_row(table, (item.state, item.title, item.url, item.reason))
    print_table(table)


@app.command()
def pause(subscription: Id) -> None:
    """Stop checking a subscription."""
    _print_state(asyncio.run(_change(subscription, is_paused=True)), "paused")


@app.command()
def resume(subscription: Id) -> None:
    """Check a paused subscription again."""
    _print_state(asyncio.run(_change(subscription, is_paused=False)), "active")


@app.command()
def delete(subscription: Id) -> None:
    """Delete a subscription; its videos stay."""
    output.force_utf8_streams()
    output.print_stdout(f"{asyncio.run(_delete(subscription))}: deleted\n")


def _print_state(record: "SubscriptionRecord", state: str) -> None:
    output.force_utf8_streams()
    output.print_stdout(f"{record.title or record.url}: {state}\n")


async def _list() -> "list[SubscriptionRecord]":
    from cli.subscription_output import open_subscriptions  # noqa: PLC0415

    async with open_subscriptions() as (service, _):
        return await service.list_all()


async def _check(beginning: str, *, dry_run: bool) -> "CheckResult":
    from cli.audit_record import record_change  # noqa: PLC0415
    from cli.subscription_output import open_subscriptions  # noqa: PLC0415

    async with open_subscriptions() as (service, pipeline):
        found = await _find(service, beginning)
        result = await pipeline.subscription_checker.check(found.id, dry_run=dry_run)
        await record_change(
            pipeline.settings, "subscription.check", "subscription", found.id, dry_run=dry_run
        )
    return result


async def _items(beginning: str, limit: int) -> "list[SubscriptionItemRecord]":
    from cli.subscription_output import open_subscriptions  # noqa: PLC0415

    async with open_subscriptions() as (service, _):
        found = await _find(service, beginning)
        return list(await service.list_items(found.id, limit=limit))


async def _change(beginning: str, *, is_paused: bool) -> "SubscriptionRecord":
    from app.models.subscription import SubscriptionUpdate  # noqa: PLC0415
    from cli.audit_record import record_change  # noqa: PLC0415
    from cli.subscription_output import open_subscriptions  # noqa: PLC0415

    async with open_subscriptions() as (service, pipeline):
        found = await _find(service, beginning)
        changed = await service.change(found.id, SubscriptionUpdate(is_paused=is_paused))
        await record_change(
            pipeline.settings, "subscription.update", "subscription", found.id, is_paused=is_paused
        )
    return changed


async def _delete(beginning: str) -> str:
    from cli.audit_record import record_change  # noqa: PLC0415
    from cli.subscription_output import open_subscriptions  # noqa: PLC0415

    async with open_subscriptions() as (service, pipeline):
        found = await _find(service, beginning)
        url = await service.delete(found.id)
        await record_change(pipeline.settings, "subscription.delete", "subscription", found.id, url=url)
    return url


async def _find(service: "SubscriptionService", beginning: str) -> "SubscriptionRecord":
    from app.core.exceptions import InvalidRequestError, SubscriptionNotFoundError  # noqa: PLC0415

    matches = [record for record in await service.list_all() if record.id.startswith(beginning.lower())]
    if not matches or not beginning:
        raise SubscriptionNotFoundError(beginning)
    if len(matches) > 1:
        raise InvalidRequestError(
            f"{len(matches)} subscriptions have an id that begins with {beginning!r}",
            remedy="give more digits of the id",
        )
    return matches[0]
