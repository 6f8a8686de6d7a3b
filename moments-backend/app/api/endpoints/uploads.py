"""`/api/uploads`: HTTP only; the protocol is in `app/api/tus/protocol.py`, the work in `app/services/uploads`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from tuspyserver.router import TusAPIRoute

from app.api.dependencies import ContainerDep
from app.api.openapi import UPLOAD_CREATED, UPLOAD_HEADERS, UPLOAD_OFFERED, UPLOAD_OFFSET, problem_responses
from app.api.tus.protocol import require_patch_content_type, require_tus_version
from app.models.upload import Upload

router = APIRouter(prefix="/uploads", tags=["uploads"], route_class=TusAPIRoute)

UploadId = Annotated[str, Path(description="The upload's id.")]
Bytes = Annotated[int, Header(ge=0, lt=2**63)]
Metadata = Annotated[
    str,
    Header(
        description="`filename`, and if wanted `find_moments` and `force` (`true` or `false`),"
        " each with its value in base64; separated by commas."
    ),
]


@router.options("", status_code=204, response_class=Response, responses=UPLOAD_OFFERED)
async def describe_uploads(clients: ContainerDep) -> Response:
    """What of tus 1.0.0 is spoken here."""
    return clients.tus.describe()


@router.get("", responses=problem_responses(503))
async def list_uploads(clients: ContainerDep) -> list[Upload]:
    """All uploads that are remembered, newest first: unfinished ones for a week, the others for a day."""
    return await clients.uploads.list_all()


@router.post(
    "",
    status_code=201,
    response_class=Response,
    responses=UPLOAD_CREATED,
    dependencies=[Depends(require_tus_version)],
)
async def create_upload(
    request: Request, clients: ContainerDep, upload_length: Bytes, upload_metadata: Metadata
) -> Response:
    """Begin an upload. What cannot become a video is refused before a byte is sent."""
    return await clients.tus.create(request, upload_metadata, upload_length)


@router.get("/{upload_id}", responses=problem_responses(404, 422, 503))
async def get_upload(upload_id: UploadId, clients: ContainerDep) -> Upload:
    """One upload: how much has arrived, and what becomes of it afterwards."""
    return await clients.uploads.get(upload_id)


@router.head(
    "/{upload_id}",
    response_class=Response,
    responses=UPLOAD_HEADERS,
    dependencies=[Depends(require_tus_version)],
)
async def head_upload(upload_id: UploadId, request: Request, clients: ContainerDep) -> Response:
    """Where to go on."""
    return await clients.tus.head(request, upload_id)


@router.patch(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    responses=UPLOAD_OFFSET,
    dependencies=[Depends(require_tus_version), Depends(require_patch_content_type)],
)
async def continue_upload(
    upload_id: UploadId, request: Request, clients: ContainerDep, upload_offset: Bytes, content_length: Bytes
) -> Response:
    """Send the next bytes. After the last one the server registers the file by itself."""
    return await clients.tus.patch(request, upload_id, upload_offset, content_length)


@router.delete(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    responses=problem_responses(404, 409, 412, 422, 423, 503),
    dependencies=[Depends(require_tus_version)],
)
async def remove_upload(upload_id: UploadId, clients: ContainerDep) -> Response:
    """Forget an upload, with the bytes of one that is unfinished or failed. A video that came of it stays."""
    return await clients.tus.delete(upload_id)


@router.post("/{upload_id}/retry", status_code=202, responses=problem_responses(404, 409, 422, 423, 503))
async def retry_upload(upload_id: UploadId, clients: ContainerDep) -> Upload:
    """Register a failed upload again; its bytes need not be sent again."""
    return await clients.uploads.retry(upload_id)
