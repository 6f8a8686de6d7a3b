"""`/metrics`."""

from typing import Any

from fastapi import APIRouter, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from app.api.dependencies import ContainerDep
from app.api.responses import Responses, problem_responses
from app.core.exceptions import NotFoundError

router = APIRouter(tags=["health"])

_TEXT: dict[str, Any] = {
    "description": "Metrics in the text format of Prometheus",
    "content": {"text/plain": {"schema": {"type": "string"}}},
}
_RESPONSES: Responses = problem_responses(401, 403, 404, 429, 503)
_RESPONSES[200] = _TEXT


@router.get("/metrics", response_class=Response, responses=_RESPONSES)
async def get_metrics(container: ContainerDep) -> Response:
    """Return the metrics of this API process, the queue and all workers.

    Clients on the same machine need no key; others need one with the scope `read`.
    """
    if not container.settings.metrics_enabled:
        raise NotFoundError("METRICS_ENABLED is false")
    return Response(await container.metrics.render(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
