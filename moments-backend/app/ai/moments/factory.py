"""Factory of the moment engine selected by `MOMENT_ENGINE`."""

from app.ai.moments.base import MomentEngine
from app.core.config import Settings
from app.models.engine import EngineCost, EngineInfo
from app.models.generation_options import GenerationOptions
from app.models.transcript import Transcript


def create_engine(settings: Settings) -> MomentEngine:
    """Create the engine; models are loaded and connections opened on first use. The caller closes it."""
    # Import only the selected engine: loading the libraries of the other one takes a second.
    if settings.moment_engine == "openai":
        from app.ai.moments.chat.engine import ChatEngine  # noqa: PLC0415

        return ChatEngine(settings)
    from app.ai.moments.extractive.engine import ExtractiveEngine  # noqa: PLC0415

    return ExtractiveEngine(settings)


def describe_engine(settings: Settings) -> EngineInfo:
    """Return the name and abilities of the engine; call it in a thread, since it may load a library."""
    if settings.moment_engine == "openai":
        from app.ai.moments.chat.cost import estimate_calls  # noqa: PLC0415

        hour = estimate_calls(3600, GenerationOptions())
        cost = EngineCost(requests=hour.requests, tokens=hour.tokens)
        return EngineInfo(name=f"openai {settings.moment_model}", reads_prompt=True, cost_per_hour=cost)
    return EngineInfo(name="extractive MiniLM", reads_prompt=False)


def describe_cost(settings: Settings, transcript: Transcript, options: GenerationOptions) -> str | None:
    """Return how many requests a search will send; None if the engine needs no model server."""
    if settings.moment_engine != "openai":
        return None
    from app.ai.moments.chat.cost import estimate_calls  # noqa: PLC0415

    timed = transcript.word_timestamps or transcript.segment_timestamps
    seconds = timed[-1].end - timed[0].start if timed else 0.0
    return f"asking {settings.moment_model}: at most {estimate_calls(seconds, options)}"
