"""Audit entries of requests: endpoints describe them, the middleware of authentication records them."""

from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.types import Message, Send

from app.api.permissions import Operation
from app.core.request_context import current_request_id
from app.services.access.audit import AuditLog
from app.services.access.principal import Principal

FIRST_ERROR_STATUS = 400


class AuditEvent:
    """The audit entry of one request; endpoints may add to it."""

    def __init__(self, operation: Operation) -> None:
        permission = operation.permission
        self._is_recorded = permission.is_recorded
        self.action = permission.action or ""
        self.target_type = permission.target_type
        self.target_id = operation.path_parameters.get(permission.target or "")
        self.details: dict[str, Any] = {
            name: value for name, value in operation.path_parameters.items() if name != permission.target
        }

    def set(self, *, target: str | None = None, **details: Any) -> None:
        """Set the target's id if the path does not contain it, and details; None is left out."""
        self._is_recorded = True
        self.target_id = target or self.target_id
        self.details |= {name: value for name, value in details.items() if value is not None}

    async def record(self, log: AuditLog, actor: str, client: str | None) -> None:
        if self._is_recorded:
            await log.record(
                actor=actor,
                action=self.action,
                target_type=self.target_type,
                target_id=self.target_id,
                details=self.details,
                client=client,
                request_id=current_request_id(),
            )


def recording_send(
    send: Send, event: AuditEvent, log: AuditLog, principal: Principal, client: str | None
) -> Send:
    """Return a `send` that records the event before a successful response begins."""

    async def send_recorded(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] < FIRST_ERROR_STATUS:
            await event.record(log, principal.actor, client)
        await send(message)

    return send_recorded


async def _event(request: Request) -> AuditEvent:
    event: AuditEvent = request.state.audit_event
    return event


AuditEventDep = Annotated[AuditEvent, Depends(_event)]
"""Only for operations with an action in `permissions.py`."""
