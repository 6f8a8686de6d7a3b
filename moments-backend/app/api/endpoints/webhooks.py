"""`/api/webhooks`: addresses that receive events of the library."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep
from app.api.params.delivery_list import DeliveryListParams
from app.api.responses import DELIVERY_LIST, problem_responses
from app.models.webhook import (
    DeliveryRecord,
    WebhookCreate,
    WebhookCreated,
    WebhookId,
    WebhookRecord,
    WebhookUpdate,
)

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

WebhookIdPath = Annotated[WebhookId, Path(description="The webhook's id.")]
DeliveryIdPath = Annotated[WebhookId, Path(description="The delivery's id.")]


@router.get("", responses=problem_responses(503))
async def list_webhooks(container: ContainerDep) -> list[WebhookRecord]:
    """List all webhooks, oldest first. Requires the scope `admin`."""
    return await container.webhooks.list_all()


@router.post("", status_code=201, responses=problem_responses(422, 429, 503))
async def create_webhook(
    wanted: WebhookCreate, container: ContainerDep, event: AuditEventDep
) -> WebhookCreated:
    """Create a webhook. The response contains the secret of its signatures, which is not shown again.

    Requests are signed as the Standard Webhooks specification describes.
    """
    created = await container.webhooks.create(wanted)
    event.set(target=created.id, url=created.url)
    return created


@router.patch("/{webhook_id}", responses=problem_responses(404, 422, 503))
async def change_webhook(
    webhook_id: WebhookIdPath, changes: WebhookUpdate, container: ContainerDep, event: AuditEventDep
) -> WebhookRecord:
    """Change the target or the events, or pause and resume."""
    event.set(**changes.model_dump(exclude_none=True))
    return await container.webhooks.change(webhook_id, changes)


@router.delete("/{webhook_id}", status_code=204, responses=problem_responses(404, 422, 503))
async def delete_webhook(webhook_id: WebhookIdPath, container: ContainerDep) -> None:
    """Delete a webhook and its delivery log."""
    await container.webhooks.delete(webhook_id)


@router.post("/{webhook_id}/test", responses=problem_responses(404, 422, 503))
async def test_webhook(webhook_id: WebhookIdPath, container: ContainerDep) -> DeliveryRecord:
    """Send the event `webhook.test` now, once, and return the result."""
    return await container.webhooks.test(webhook_id)


@router.get("/{webhook_id}/deliveries", responses=DELIVERY_LIST)
async def list_webhook_deliveries(
    webhook_id: WebhookIdPath,
    request: Request,
    response: Response,
    container: ContainerDep,
    params: Annotated[DeliveryListParams, Query()],
) -> list[DeliveryRecord]:
    """List the deliveries of the last 30 days, newest first. The next page is in `Link`."""
    page = await container.webhooks.list_deliveries(webhook_id, limit=params.limit + 1, after=params.after())
    return params.cut(page, lambda delivery: (delivery.created_at, delivery.id), request, response)


@router.post(
    "/deliveries/{delivery_id}/retry", status_code=202, responses=problem_responses(404, 409, 422, 503)
)
async def retry_webhook_delivery(delivery_id: DeliveryIdPath, container: ContainerDep) -> DeliveryRecord:
    """Attempt a failed delivery again, with the whole schedule of attempts."""
    return await container.webhooks.retry(delivery_id)
