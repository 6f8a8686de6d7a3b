"""Factory of the moment engine selected by `MOMENT_ENGINE`."""

from app.ai.moments.base import MomentEngine
from app.core.config import Settings
from app.models.engine import EngineInfo


def create_engine(settings: Settings) -> MomentEngine:
    """Create the engine; models are loaded and connections opened on first use. The caller closes it."""
    # Import only the selected engine: loading the libraries of the other one takes a second.
    if settings.moment_engine == "openai":
        from app.ai.moments.chat import ChatEngine  # noqa: PLC0415

        return ChatEngine(settings)
    from app.ai.moments.extractive.engine import ExtractiveEngine  # noqa: PLC0415

    return ExtractiveEngine(settings)


def describe_engine(settings: Settings) -> EngineInfo:
    """Return the name and abilities of the engine without loading it."""
    if settings.moment_engine == "openai":
        return EngineInfo(name=f"openai {settings.moment_model}", reads_prompt=True)
    return EngineInfo(name="extractive MiniLM", reads_prompt=False)
