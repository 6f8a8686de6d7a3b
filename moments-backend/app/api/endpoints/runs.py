"""`/api/pipeline`: the runs of all videos."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep
from app.api.params.run_list import RunListParams
from app.api.responses import ALL_RUN_EVENTS, RUN_LIST, problem_responses
from app.api.server_sent_events import ActiveRunsDep, status_event
from app.models.pipeline import ClearedRuns, RunKind, RunState

router = APIRouter(prefix="/pipeline", tags=["pipeline"])


@router.get("", responses=RUN_LIST)
async def list_runs(
    request: Request, response: Response, container: ContainerDep, params: Annotated[RunListParams, Query()]
) -> list[RunState]:
    """List the runs of all videos, newest first. The next page is in `Link`."""
    states, cursor = await container.run_reader.list_page(**params.to_query())
    if cursor:
        response.headers["link"] = params.next_link(cursor, request)
    return states


@router.delete("", responses=problem_responses(503))
async def clear_finished_runs(container: ContainerDep, event: AuditEventDep) -> ClearedRuns:
    """Remove completed, failed and cancelled runs from the list. Their results stay."""
    cleared = await container.run_service.clear_finished()
    event.set(count=cleared)
    return ClearedRuns(cleared=cleared)


@router.get("/events", response_class=EventSourceResponse, responses=ALL_RUN_EVENTS)
async def watch_all_runs(
    active: ActiveRunsDep,
    container: ContainerDep,
    kind: Annotated[RunKind | None, Query(description="Only runs of this kind.")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Stream all runs as server-sent events named `status`: the active runs, then every change.

    The stream does not end. A page needs only one: browsers limit the connections to a server.
    """
    async with aclosing(container.run_reader.subscribe_all(active)) as states:
        async for current in states:
            if kind is None or current.kind == kind:
                yield status_event(current)
