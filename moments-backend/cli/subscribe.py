"""`videomoments subscribe`: add the new videos of a channel, playlist or feed."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output

if TYPE_CHECKING:
    from app.models.subscription import CheckResult, SubscriptionCreate, SubscriptionRecord

EPILOG = """
A worker checks the address within half a minute, and then at the interval. The first check adds the latest
videos up to `--max`, and skips the rest of the archive. A video that was deleted is not added again.

**Examples**

    videomoments subscribe https://example.org/feed.xml --dry-run      what would be added
    videomoments subscribe https://example.org/feed.xml --max 5 --tag lectures
    videomoments subscribe https://www.youtube.com/@example --every 720 --max-age 30 --no-moments

**Exit codes**

    0    subscribed; with --dry-run: the list was read
    1    the subscription exists already, or the list could not be read
    2    usage error
    3    database unavailable
"""


def subscribe(
    url: Annotated[str, typer.Argument(help="URL of a channel, a playlist, or an RSS or Atom feed.")],
    *,
    every: Annotated[int, typer.Option("--every", metavar="MINUTES", help="Minutes between checks.")] = 60,
    max_items: Annotated[
        int | None,
        typer.Option("--max", metavar="N", help="Maximum number of videos per check.", show_default="10"),
    ] = None,
    max_age: Annotated[
        int | None,
        typer.Option("--max-age", metavar="DAYS", help="Skip older videos.", show_default=False),
    ] = None,
    max_length: Annotated[
        int | None,
        typer.Option("--max-length", metavar="SECONDS", help="Skip longer videos.", show_default=False),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", help="Tag of the added videos; may be repeated.", show_default=False),
    ] = None,
    moments: Annotated[bool, typer.Option("--moments/--no-moments", help="Find moments.")] = True,
    paused: Annotated[bool, typer.Option("--paused", help="Do not check yet.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be added.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON in the format of the API.")] = False,
) -> None:
    """Subscribe to a channel, playlist or feed."""
    output.force_utf8_streams()
    wanted = _wanted(
        url=url,
        interval_minutes=every,
        max_items=max_items,
        max_age_days=max_age,
        max_duration_seconds=max_length,
        tags=tag or [],
        moments=moments,
        is_paused=paused,
    )
    if dry_run:
        from cli.subscription_output import print_result  # noqa: PLC0415

        print_result(asyncio.run(_preview(wanted)), as_json=json_output)
        return
    created = asyncio.run(_create(wanted))
    if json_output:
        output.print_json(created.model_dump(mode="json"))
    else:
        output.print_stdout(f"{created.id}\n")
        output.print_stderr(f"Subscribed to {created.url}; a worker checks it soon")


def _wanted(**fields: Any) -> "SubscriptionCreate":
    from pydantic import ValidationError  # noqa: PLC0415

    from app.models.subscription import SubscriptionCreate  # noqa: PLC0415

    try:
        return SubscriptionCreate(**fields)
    except ValidationError as error:
        problem = error.errors()[0]
        name = str(problem["loc"][0]).replace("_", " ")
        raise typer.BadParameter(f"{name}: {problem['msg'].removeprefix('Value error, ')}") from error


async def _preview(wanted: "SubscriptionCreate") -> "CheckResult":
    from cli.subscription_output import open_subscriptions  # noqa: PLC0415

    async with open_subscriptions() as (service, _):
        return await service.preview(wanted)


async def _create(wanted: "SubscriptionCreate") -> "SubscriptionRecord":
    from cli.audit_record import record_change  # noqa: PLC0415
    from cli.subscription_output import open_subscriptions  # noqa: PLC0415

    async with open_subscriptions() as (service, pipeline):
        created = await service.create(wanted)
        await record_change(
            pipeline.settings, "subscription.create", "subscription", created.id, url=created.url
        )
    return created
