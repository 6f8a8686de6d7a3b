"""`/api/subscriptions`: channels, playlists and feeds whose new videos are added."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep
from app.api.params.subscription_items import SubscriptionItemParams
from app.api.responses import SUBSCRIPTION_ITEMS, problem_responses
from app.models.subscription import (
    CheckResult,
    SubscriptionCreate,
    SubscriptionId,
    SubscriptionItemRecord,
    SubscriptionRecord,
    SubscriptionUpdate,
)

router = APIRouter(prefix="/subscriptions", tags=["intake"])

SubscriptionIdPath = Annotated[SubscriptionId, Path(description="The subscription's id.")]
DryRun = Annotated[bool, Query(description="Return what the check would do, and change nothing.")]


@router.get("", responses=problem_responses(503))
async def list_subscriptions(container: ContainerDep) -> list[SubscriptionRecord]:
    """List all subscriptions, oldest first."""
    return await container.subscriptions.list_all()


@router.post("", status_code=201, responses=problem_responses(409, 422, 429, 503))
async def create_subscription(
    wanted: SubscriptionCreate, container: ContainerDep, event: AuditEventDep
) -> SubscriptionRecord:
    """Create a subscription. A worker checks it within half a minute."""
    created = await container.subscriptions.create(wanted)
    event.set(target=created.id, url=created.url)
    return created


@router.post("/preview", responses=problem_responses(422, 429, 503))
async def preview_subscription(wanted: SubscriptionCreate, container: ContainerDep) -> CheckResult:
    """Return what the first check of a subscription would add; nothing is stored. May take minutes."""
    return await container.subscriptions.preview(wanted)


@router.patch("/{subscription_id}", responses=problem_responses(404, 422, 503))
async def change_subscription(
    subscription_id: SubscriptionIdPath,
    changes: SubscriptionUpdate,
    container: ContainerDep,
    event: AuditEventDep,
) -> SubscriptionRecord:
    """Change limits, interval and options, or pause and resume."""
    event.set(**changes.changes())
    return await container.subscriptions.change(subscription_id, changes)


@router.delete("/{subscription_id}", status_code=204, responses=problem_responses(404, 422, 503))
async def delete_subscription(
    subscription_id: SubscriptionIdPath, container: ContainerDep, event: AuditEventDep
) -> None:
    """Delete a subscription. Its videos stay."""
    event.set(url=await container.subscriptions.delete(subscription_id))


@router.post("/{subscription_id}/check", responses=problem_responses(404, 409, 422, 429, 503))
async def check_subscription(
    subscription_id: SubscriptionIdPath,
    container: ContainerDep,
    event: AuditEventDep,
    *,
    dry_run: DryRun = False,
) -> CheckResult:
    """Check a subscription now and queue the downloads of new videos. May take minutes."""
    event.set(dry_run=dry_run)
    return await container.subscription_checker.check(subscription_id, dry_run=dry_run)


@router.get("/{subscription_id}/items", responses=SUBSCRIPTION_ITEMS)
async def list_subscription_items(
    subscription_id: SubscriptionIdPath,
    request: Request,
    response: Response,
    container: ContainerDep,
    params: Annotated[SubscriptionItemParams, Query()],
) -> list[SubscriptionItemRecord]:
    """List the videos that checks found, latest first. The next page is in `Link`."""
    page = await container.subscriptions.list_items(
        subscription_id, limit=params.limit + 1, after=params.after(), state=params.state
    )
    return params.cut(page, lambda item: (item.seen_at, item.key), request, response)
