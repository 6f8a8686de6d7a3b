"""Plans of `doctor --storage`: a JSON file with what would be moved to the trash, and why.

The file carries a checksum of its content, so that an edited plan is refused: an item that was
added or changed by hand has none of the evidence that the comparison collected.
"""

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from uuid import uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.exceptions import InvalidPlanError, TooManyRemovalsError
from app.core.files.atomic import atomic_write
from app.services.consistency.check import Report
from app.services.consistency.findings import Finding, Kind
from app.services.storage.object_names import sidecar_path

FORMAT: Final = "videomoments-storage-plan"
VERSION: Final = 1
MAX_AGE_HOURS = 24
MAX_PLAN_BYTES = 512 * 1024**2
DEFAULT_MAX_SHARE = 5.0
"""Percent of the library's objects, bytes or local files that a plan may remove."""

NEW_PLAN = "make a new one: videomoments doctor --storage --plan FILE"


class PlanItem(BaseModel):
    """One object or file to move to the trash, or a missing sidecar to write.

    Attributes:
        subject: name of the object, or path below `STATIC_DIR`.
        proof: object with the same bytes, which an original without a row needs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Literal["trash", "write-sidecar"] = "trash"
    kind: Kind
    target: Literal["object", "file"]
    subject: str
    identifier: str | None = None
    part: str | None = None
    size: int = Field(ge=0)
    generation: int | None = None
    md5: str | None = None
    modified_ns: int | None = None
    proof: str | None = None
    cause: str


class PlanTotals(BaseModel):
    """Size of the library when the plan was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    objects: int = Field(ge=0)
    object_bytes: int = Field(ge=0)
    files: int = Field(ge=0)


class Plan(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["videomoments-storage-plan"] = FORMAT
    version: Literal[1] = VERSION
    id: str = Field(pattern=r"^\d{8}T\d{6}Z-[0-9a-f]{8}$")
    created_at: AwareDatetime
    bucket: str
    static_dir: str
    totals: PlanTotals
    items: list[PlanItem]


def make_plan(report: Report, settings: Settings) -> Plan:
    """Return a plan for the findings that may be removed."""
    objects, size = report.totals.of_library()
    now = utc_now()
    return Plan(
        id=f"{now:%Y%m%dT%H%M%SZ}-{uuid4().hex[:8]}",
        created_at=now,
        bucket=settings.gcs_bucket_name,
        static_dir=str(settings.static_path.resolve()),
        totals=PlanTotals(objects=objects, object_bytes=size, files=report.files + report.derived_files),
        items=[
            *(_removal(finding) for finding in report.findings if finding.is_removable),
            *(
                _missing_sidecar(finding, settings)
                for finding in report.findings
                if finding.kind is Kind.MISSING_SIDECAR
            ),
        ],
    )


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan with the checksum of its content.

    Raises:
        DiskFullError, LocalFileError: the file cannot be written.
    """
    content = plan.model_dump(mode="json")
    document = content | {"checksum": _checksum(content)}
    atomic_write(path, json.dumps(document, indent=1).encode() + b"\n")


def read_plan(
    path: Path, settings: Settings, *, now: datetime | None = None, may_be_old: bool = False
) -> Plan:
    """Return the plan in a file, if it was made for this library and not edited.

    Args:
        may_be_old: skip the check of the age, to undo what a plan did.

    Raises:
        InvalidPlanError: it is damaged, edited, too old, or for another library or version.
    """
    document = _load(path)
    if document.get("format") != FORMAT:
        raise InvalidPlanError(f"{path} is not a plan of `doctor --storage`", remedy=NEW_PLAN)
    if document.get("version") != VERSION:
        raise InvalidPlanError(
            f"{path} has the plan version {document.get('version')!r}, this program reads {VERSION}",
            remedy=NEW_PLAN,
        )
    checksum = document.pop("checksum", None)
    if checksum != _checksum(document):
        raise InvalidPlanError(
            f"{path} was edited or damaged: its checksum is not that of its content", remedy=NEW_PLAN
        )
    try:
        plan = Plan.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidPlanError(f"{path}: {place}: {first['msg']}", remedy=NEW_PLAN) from error
    _ensure_ours(plan, path, settings)
    age = (now or utc_now()) - plan.created_at
    if not may_be_old and not timedelta(minutes=-5) <= age <= timedelta(hours=MAX_AGE_HOURS):
        hours = age.total_seconds() / 3600
        raise InvalidPlanError(
            f"{path} was made {hours:.1f} hours ago; a plan is valid for {MAX_AGE_HOURS} hours",
            remedy=NEW_PLAN,
        )
    return plan


def ensure_share(plan: Plan, max_share: float) -> None:
    """Check how much of the library the plan removes.

    Raises:
        TooManyRemovalsError: more than `max_share` percent of the objects, of their bytes or of the files.
    """
    removed_items = [item for item in plan.items if item.action == "trash"]
    objects = [item for item in removed_items if item.target == "object"]
    files = [item for item in removed_items if item.target == "file"]
    shares = {
        "objects": (len(objects), plan.totals.objects),
        "bytes in the bucket": (sum(item.size for item in objects), plan.totals.object_bytes),
        "local files": (len(files), plan.totals.files),
    }
    for what, (removed, total) in shares.items():
        share = 100 * removed / total if total else 100.0 * bool(removed)
        if share > max_share:
            raise TooManyRemovalsError(
                f"the plan removes {removed:,} of {total:,} {what} ({share:.1f} %); at most {max_share:g} %"
                " are allowed",
                remedy="check that database, bucket and STATIC_DIR belong together; then allow more with"
                " --max-share",
            )


def _removal(finding: Finding) -> PlanItem:
    return PlanItem(
        kind=finding.kind,
        target="object" if finding.target == "object" else "file",
        subject=finding.subject,
        identifier=finding.identifier,
        part=finding.part,
        size=finding.size,
        generation=finding.generation,
        md5=finding.md5,
        modified_ns=finding.modified_ns,
        proof=finding.proof,
        cause=finding.cause,
    )


def _missing_sidecar(finding: Finding, settings: Settings) -> PlanItem:
    return PlanItem(
        action="write-sidecar",
        kind=finding.kind,
        target="object",
        subject=sidecar_path(settings, finding.subject),
        identifier=finding.identifier,
        size=0,
        cause=finding.cause,
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_PLAN_BYTES:
            raise InvalidPlanError(f"{path} is larger than any plan", remedy=NEW_PLAN)
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise InvalidPlanError(
            f"{path} cannot be read: {error.strerror or error}", remedy=NEW_PLAN
        ) from error
    except (ValueError, RecursionError) as error:
        raise InvalidPlanError(f"{path} is not JSON: {error}", remedy=NEW_PLAN) from error
    if not isinstance(document, dict):
        raise InvalidPlanError(f"{path} is not a plan of `doctor --storage`", remedy=NEW_PLAN)
    return document


def _ensure_ours(plan: Plan, path: Path, settings: Settings) -> None:
    if plan.bucket != settings.gcs_bucket_name:
        raise InvalidPlanError(
            f"{path} is for the bucket {plan.bucket}; the configured one is {settings.gcs_bucket_name}",
            remedy=f"set GCS_BUCKET_NAME={plan.bucket}, or {NEW_PLAN}",
        )
    folder = str(settings.static_path.resolve())
    if plan.static_dir != folder:
        raise InvalidPlanError(
            f"{path} is for the files in {plan.static_dir}; STATIC_DIR is {folder}",
            remedy=f"set STATIC_DIR={plan.static_dir}, or {NEW_PLAN}",
        )


def _checksum(content: dict[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
