"""The engine that finds moments, as the API describes it."""

from pydantic import BaseModel, ConfigDict, Field


class EngineInfo(BaseModel):
    """Name and abilities of the engine that finds moments."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="Engine and model, as in the `model` of its moments.")
    reads_prompt: bool = Field(description="`user_prompt` of a run has an effect.")
