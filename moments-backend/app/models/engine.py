"""The engine that finds moments, as the API describes it."""

from pydantic import BaseModel, ConfigDict, Field


class EngineCost(BaseModel):
    """Upper bounds of what one hour of speech costs with the default options, except for retries."""

    model_config = ConfigDict(frozen=True)

    requests: int = Field(description="Requests to the model server.")
    tokens: int = Field(description="Tokens of requests and responses.")


class EngineInfo(BaseModel):
    """Name and abilities of the engine that finds moments."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    name: str = Field(description="Engine and model, as in the `model` of its moments.")
    reads_prompt: bool = Field(description="`user_prompt` of a run has an effect.")
    cost_per_hour: EngineCost | None = Field(
        default=None, description="Cost of one hour of speech; null if the engine needs no model server."
    )
