"""`/api/audit`: the audit log."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.dependencies import ContainerDep
from app.api.params.audit_list import AuditListParams
from app.api.responses import AUDIT_LIST
from app.models.audit import AuditRecord

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", responses=AUDIT_LIST)
async def list_audit_entries(
    request: Request, response: Response, container: ContainerDep, params: Annotated[AuditListParams, Query()]
) -> list[AuditRecord]:
    """List changes, newest first. Requires the scope `admin`. The next page is in `Link`."""
    records, last_id = await container.access.audit.list_page(
        params.to_filter(), limit=params.limit, before=params.position()
    )
    if last_id is not None:
        response.headers["link"] = params.next_link(last_id, request)
    return records
