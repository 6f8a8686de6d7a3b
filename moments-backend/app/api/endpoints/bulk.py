"""`/api/videos/bulk` and `/api/bulk`: actions on many videos."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Response
from fastapi.exceptions import RequestValidationError

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, PrincipalDep
from app.api.params.saved_views import parse_view
from app.api.responses import BULK, problem_responses
from app.core.exceptions import InsufficientScopeError
from app.models.access_scope import AccessScope
from app.models.bulk import EXAMPLES, BulkOperationRead, BulkRequest, OperationId
from app.repositories.video_filter import VideoFilter
from app.services.bulk.service import MAX_LISTED
from app.services.library.listing import VideoListing

router = APIRouter(tags=["bulk"])

OperationIdPath = Annotated[OperationId, Path(description="The operation's id.")]


@router.post("/videos/bulk", responses=BULK)
async def bulk_action(
    wanted: Annotated[BulkRequest, Body(openapi_examples=EXAMPLES)],
    container: ContainerDep,
    principal: PrincipalDep,
    response: Response,
    event: AuditEventDep,
) -> BulkOperationRead:
    """Apply an action to many videos.

    `trash`, `restore`, tags and favourites are completed before the response, 200. A worker carries out
    `delete` (for good, needs the scope `admin`), `transcribe`, `offload` and `fetch`: 202. Unknown ids are
    reported in `failures`.
    """
    if wanted.action == "delete" and not principal.scope.includes(AccessScope.ADMIN):
        raise InsufficientScopeError(AccessScope.ADMIN, principal.actor, principal.scope)
    video_filter = None if wanted.filter is None else await _parse_filter(wanted.filter, container)
    operation = await container.bulk.request(wanted, video_filter)
    event.set(
        target=operation.id,
        action=wanted.action,
        videos=operation.total,
        filter=wanted.filter,
        except_ids=len(wanted.except_ids) or None,
        **wanted.parameters(),
    )
    if wanted.action == "trash" and wanted.ids is not None:
        container.video_files.evict(*wanted.ids)
    if operation.finished_at is None:
        response.status_code = 202
    return operation


@router.get("/bulk", responses=problem_responses(422, 503))
async def list_bulk_operations(
    container: ContainerDep, limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 20
) -> list[BulkOperationRead]:
    """List the latest operations, newest first."""
    return await container.bulk.list_latest(limit)


@router.get("/bulk/{operation_id}", responses=problem_responses(404, 422, 503))
async def get_bulk_operation(operation_id: OperationIdPath, container: ContainerDep) -> BulkOperationRead:
    """Return one operation with its progress."""
    return await container.bulk.get(operation_id)


@router.post("/bulk/{operation_id}/cancel", status_code=202, responses=problem_responses(404, 409, 422, 503))
async def cancel_bulk_operation(operation_id: OperationIdPath, container: ContainerDep) -> BulkOperationRead:
    """Cancel an operation. Videos that are processed already stay changed."""
    return await container.bulk.cancel(operation_id)


async def _parse_filter(given: dict[str, Any], container: ContainerDep) -> VideoFilter:
    """Return the filter that the list would use with these query parameters.

    Raises:
        RequestValidationError: a parameter is unknown, or its value invalid.
    """
    params, problems = parse_view(given)
    if problems:
        raise RequestValidationError(
            [
                {"type": "value_error", "loc": ("body", "filter", *problem.location), "msg": problem.message}
                for problem in problems
            ]
        )
    listing = await VideoListing.prepare(
        container.read_pool, container.settings, params.to_query(), local=params.local_conditions()
    )
    return listing.filter
