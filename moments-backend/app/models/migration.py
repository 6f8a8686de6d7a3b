"""Results of `videomoments migrate`, as the API returns them."""

from pydantic import BaseModel, ConfigDict, Field

from app.models.schemas import IsoTime
from app.models.watch_folder import FileProblem


class MigrationRecord(BaseModel):
    """The last migration of a folder that added videos or failed, or resolved earlier failures."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    folder: str
    is_repair: bool = Field(description="It also uploaded missing and damaged objects (`--repair`).")
    finished_at: IsoTime
    added: int
    skipped: int = Field(description="Files that the library had already.")
    failed: int
    is_interrupted: bool = Field(description="It was stopped before all files were processed.")
    problems: list[FileProblem] = Field(default=[], description="Files that failed; at most 50.")
