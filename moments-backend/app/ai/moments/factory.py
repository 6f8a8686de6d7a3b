"""The engine that the settings name."""

from app.ai.moments.base import MomentEngine
from app.core.config import Settings


def create_engine(settings: Settings) -> MomentEngine:
    """Nothing is loaded, and no server asked, before the engine is used. Close it afterwards."""
    # Each engine brings libraries that the other does without.
    if settings.moment_engine == "openai":
        from app.ai.moments.chat import ChatEngine  # noqa: PLC0415

        return ChatEngine(settings)
    from app.ai.moments.extractive.engine import ExtractiveEngine  # noqa: PLC0415

    return ExtractiveEngine(settings)
