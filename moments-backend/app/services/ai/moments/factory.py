"""The engine that the settings name."""

from app.core.config import Settings
from app.services.ai.moments.interface import MomentEngine


def create_engine(settings: Settings) -> MomentEngine:
    """Nothing is loaded, and no server asked, before the engine is used. Close it afterwards."""
    # Each engine brings libraries that the other does without.
    if settings.moment_engine == "openai":
        from app.services.ai.moments.chat import ChatEngine  # noqa: PLC0415

        return ChatEngine(settings)
    from app.services.ai.moments.extractive.engine import ExtractiveEngine  # noqa: PLC0415

    return ExtractiveEngine(settings)
