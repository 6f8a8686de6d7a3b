"""Factory of the moment engine selected by `MOMENT_ENGINE`."""

from app.ai.moments.base import MomentEngine
from app.core.config import Settings


def create_engine(settings: Settings) -> MomentEngine:
    """Create the engine; models are loaded and connections opened on first use. The caller closes it."""
    # Import only the selected engine: loading the libraries of the other one takes a second.
    if settings.moment_engine == "openai":
        from app.ai.moments.chat import ChatEngine  # noqa: PLC0415

        return ChatEngine(settings)
    from app.ai.moments.extractive.engine import ExtractiveEngine  # noqa: PLC0415

    return ExtractiveEngine(settings)
