"""`/api/uploads`: resumable uploads (tus 1.0.0)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from tuspyserver.router import TusAPIRoute

from app.api.audit import AuditEventDep
from app.api.dependencies import ContainerDep, TusDep
from app.api.params.upload_list import UploadListParams
from app.api.responses import (
    UPLOAD_CREATED,
    UPLOAD_HEAD,
    UPLOAD_LIST,
    UPLOAD_OPTIONS,
    UPLOAD_PATCH,
    problem_responses,
)
from app.api.tus.protocol import require_patch_content_type, require_tus_version
from app.models.upload import Upload

router = APIRouter(prefix="/uploads", tags=["uploads"], route_class=TusAPIRoute)

MAX_METADATA_BYTES = 8192
"""Far more than a file name of 255 bytes needs; the metadata of every upload is kept in memory."""

UploadId = Annotated[str, Path(description="The upload's id.")]
ByteCount = Annotated[int, Header(ge=0, lt=2**63)]
Metadata = Annotated[
    str,
    Header(
        max_length=MAX_METADATA_BYTES,
        description="Comma-separated keys with base64 values: `filename`, and optionally `folder` (a relative"
        " path), `find_moments` and `force` (`true` or `false`).",
    ),
]


@router.options("", status_code=204, response_class=Response, responses=UPLOAD_OPTIONS)
async def describe_uploads(tus: TusDep) -> Response:
    """Return the supported tus version and extensions."""
    return tus.options()


@router.get("", responses=UPLOAD_LIST)
async def list_uploads(
    request: Request,
    response: Response,
    container: ContainerDep,
    params: Annotated[UploadListParams, Query()],
) -> list[Upload]:
    """List uploads, newest first. Unfinished ones are kept for a week, others for a day.

    The next page is in `Link`.
    """
    page, cursor = await container.uploads.list_page(params.limit, params.position)
    if cursor:
        response.headers["link"] = params.next_link(cursor, request)
    return page


@router.post(
    "",
    status_code=201,
    response_class=Response,
    responses=UPLOAD_CREATED,
    dependencies=[Depends(require_tus_version)],
)
async def create_upload(
    request: Request, tus: TusDep, upload_length: ByteCount, upload_metadata: Metadata, event: AuditEventDep
) -> Response:
    """Create an upload. Files that cannot become a video are rejected before any byte is sent."""
    response = await tus.post(request, upload_metadata, upload_length)
    event.set(target=response.headers["location"].rpartition("/")[2], bytes=upload_length)
    return response


@router.get("/{upload_id}", responses=problem_responses(404, 422, 503))
async def get_upload(upload_id: UploadId, container: ContainerDep) -> Upload:
    """Return the progress of the upload and of its registration."""
    return await container.uploads.get(upload_id)


@router.head(
    "/{upload_id}",
    response_class=Response,
    responses=UPLOAD_HEAD,
    dependencies=[Depends(require_tus_version)],
)
async def head_upload(upload_id: UploadId, tus: TusDep) -> Response:
    """Return the current upload offset."""
    return await tus.head(upload_id)


@router.patch(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    responses=UPLOAD_PATCH,
    dependencies=[Depends(require_tus_version), Depends(require_patch_content_type)],
)
async def continue_upload(
    upload_id: UploadId,
    request: Request,
    tus: TusDep,
    container: ContainerDep,
    event: AuditEventDep,
    upload_offset: ByteCount,
    content_length: ByteCount,
) -> Response:
    """Append bytes. The server registers the complete file in the background."""
    response = await tus.patch(request, upload_id, upload_offset, content_length)
    upload = await container.uploads.snapshot(upload_id)
    if upload.info.status != "receiving":
        event.set(filename=upload.info.filename, bytes=upload.info.size)
    return response


@router.delete(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    responses=problem_responses(404, 409, 412, 422, 423, 503),
    dependencies=[Depends(require_tus_version)],
)
async def remove_upload(upload_id: UploadId, tus: TusDep) -> Response:
    """Remove an upload, with the bytes of an unfinished or failed one. A registered video stays."""
    return await tus.delete(upload_id)


@router.post("/{upload_id}/retry", status_code=202, responses=problem_responses(404, 409, 422, 423, 503))
async def retry_upload(upload_id: UploadId, container: ContainerDep) -> Upload:
    """Register a failed upload again, without sending its bytes again."""
    return await container.uploads.retry(upload_id)
