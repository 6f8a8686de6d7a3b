from app.core.exceptions.base import ConflictError, NotFoundError, StoredLimitError


class WebhookNotFoundError(NotFoundError):
    type, title = "webhook-not-found", "Webhook not found"

    def __init__(self, webhook_id: str) -> None:
        super().__init__(f"no webhook has the id {webhook_id!r}")


class DeliveryNotFoundError(NotFoundError):
    type, title = "delivery-not-found", "Webhook delivery not found"

    def __init__(self, delivery_id: str) -> None:
        super().__init__(
            f"no webhook delivery has the id {delivery_id!r}", remedy="deliveries are kept for 30 days"
        )


class DeliveryStateError(ConflictError):
    """The delivery is still pending or was already delivered."""

    type, title = "delivery-state", "The delivery's state does not allow this"


class TooManyWebhooksError(StoredLimitError):
    type, title, things = "too-many-webhooks", "Too many webhooks", "webhooks"
