"""Configuration and health of the installation, as the API describes them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PartState = Literal["ok", "warning", "broken"]


class SettingInfo(BaseModel):
    """One setting and its present value."""

    name: str = Field(description="Name of the environment variable.")
    group: str = Field(description="What the setting belongs to.")
    value: str | None = Field(description="Present value as text; null if there is none, or if it is secret.")
    default: str | None = Field(description="Default as text; null if there is none.")
    is_set: bool = Field(description="The value differs from the default.")
    is_secret: bool = Field(description="The value is never returned.")
    description: str | None = Field(description="Meaning, where the name does not suffice.")


class SystemPart(BaseModel):
    """Health of one part."""

    name: str
    state: PartState
    detail: str
    remedy: str | None = None


class SystemStorage(BaseModel):
    """Location of the objects."""

    bucket: str
    is_embedded: bool = Field(description="The bucket is on this machine, not in the cloud.")


class SystemInfo(BaseModel):
    """Version and health of the installation."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    version: str
    storage: SystemStorage
    parts: list[SystemPart]
