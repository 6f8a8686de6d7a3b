"""A part of a video that is worth a clip."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.models.transcript import Seconds

MomentId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Moment(BaseModel):
    """`score` is 0 to 10. A refined moment names the one it was made from in `parent_id`.

    `quote` is the line that stands for it, `reason` why it was picked; `model` and `prompt_version` say by
    what.
    """

    model_config = ConfigDict(frozen=True)

    id: MomentId
    start_time: Seconds
    end_time: Seconds
    title: str
    score: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
    is_refined: bool = False
    parent_id: MomentId | None = None
    quote: str | None = None
    reason: str | None = None
    model: str | None = None
    prompt_version: str | None = None
