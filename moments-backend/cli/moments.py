"""`videomoments moments`: find topics and moments of a transcript, without servers."""

import asyncio
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.generation_options import MaxLength, MaxMoments, MinLength, MinMoments, parse_options
from cli.output import force_utf8_streams, print_json, print_stderr

if TYPE_CHECKING:
    from pydantic import ValidationError
    from rich.table import Table

    from app.ai.moments.base import MomentSearchResult
    from app.models.generation_options import GenerationOptions
    from app.models.transcript import Transcript

EPILOG = """
The transcript is a JSON object in the format of static/transcripts/. Times are in seconds:

    {"text": "…", "language": "en",
     "word_timestamps": [{"word": "Twice", "start": 0.0, "end": 0.4}, …],
     "segment_timestamps": [{"text": "Twice a day …", "start": 0.0, "end": 4.2}, …]}

Either list may be empty. Word times make the boundaries exact.

**Examples**

    videomoments moments static/transcripts/motivation.json
    videomoments moments talk.json --min-length 20 --max-length 60 --max-moments 5
    curl -s http://127.0.0.1:7005/api/videos/motivation/transcript | videomoments moments - --json

**Exit codes**

    0    done; if no moment was found, the reason is printed
    1    the engine failed
    2    usage error, or the file is not a transcript
    3    a model is missing
"""


class Engine(StrEnum):
    EXTRACTIVE = "extractive"
    OPENAI = "openai"


def moments(
    transcript: Annotated[str, typer.Argument(help="A JSON file, or - for stdin.", show_default=False)],
    *,
    min_length: MinLength = None,
    max_length: MaxLength = None,
    min_moments: MinMoments = None,
    max_moments: MaxMoments = None,
    engine: Annotated[
        Engine | None,
        typer.Option(help="Moment engine; extractive needs no server [MOMENT_ENGINE, else extractive]."),
    ] = None,
    prompt: Annotated[
        str | None, typer.Option(help="Topic to look for; used only by the openai engine.")
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print topics and moments as JSON.")] = False,
) -> None:
    """Find the topics and moments of a transcript.

    Moments consist of whole sentences, respect the length limits and do not overlap.
    """
    force_utf8_streams()
    # Not needed for help and usage errors.
    from app.models.generation_options import GenerationOptions  # noqa: PLC0415

    options = parse_options(
        GenerationOptions,
        {
            "min_moment_length": min_length,
            "max_moment_length": max_length,
            "min_moments": min_moments,
            "max_moments": max_moments,
            "user_prompt": prompt,
        },
    )
    found = asyncio.run(_find(_read(transcript), options, engine))
    if json_output:
        print_json(
            {
                "topics": [asdict(topic) for topic in found.topics],
                "moments": [moment.model_dump() for moment in found.moments],
            }
        )
        if found.reason:
            print_stderr(f"Note: {found.reason}")
    else:
        _print(found)


def _read(source: str) -> "Transcript":
    from pydantic import ValidationError  # noqa: PLC0415

    from app.core.exceptions import InvalidRequestError  # noqa: PLC0415
    from app.models.transcript import Transcript  # noqa: PLC0415

    name = "stdin" if source == "-" else source
    try:
        content = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise InvalidRequestError(f"cannot read {name}: {error.strerror or error}") from error
    try:
        return Transcript.model_validate_json(content)
    except ValidationError as error:
        raise InvalidRequestError(
            f"{name} is not a transcript: {_describe(error)}",
            remedy="see the format in `videomoments moments --help`",
        ) from error


def _describe(error: "ValidationError") -> str:
    problem = error.errors()[0]
    location = ".".join(str(part) for part in problem["loc"])
    return f"{location}: {problem['msg']}" if location else str(problem["msg"])


async def _find(
    transcript: "Transcript", options: "GenerationOptions", engine: Engine | None
) -> "MomentSearchResult":
    from app.ai.moments.factory import create_engine  # noqa: PLC0415
    from app.core.config import get_settings  # noqa: PLC0415

    settings = get_settings()
    if engine is not None:
        settings = settings.model_copy(update={"moment_engine": engine.value})
    moment_engine = create_engine(settings)
    try:
        return await moment_engine.find(transcript, options)
    finally:
        await moment_engine.close()


def _print(found: "MomentSearchResult") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from cli.runs.text import clock  # noqa: PLC0415

    console = Console(highlight=False)
    topics = ", ".join(clock(topic.start_time) for topic in found.topics)
    if topics:
        console.print(Text(f"{len(found.topics)} topics, from {topics}"))
    if found.moments:
        console.print(_table(found))
    if found.reason:
        console.print(Text(f"{found.reason[0].upper()}{found.reason[1:]}."))


def _table(found: "MomentSearchResult") -> "Table":
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from cli.runs.text import clock  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("from", "to", "length", "score"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("moment", overflow="fold")
    for moment in found.moments:
        details = Text(moment.title, style="bold")
        if moment.quote and moment.quote != moment.title:
            details.append(f"\n“{moment.quote}”", style="not bold")
        if moment.reason:
            details.append(f"\n{moment.reason}", style="not bold dim")
        length = f"{moment.end_time - moment.start_time:.0f} s"
        table.add_row(
            clock(moment.start_time), clock(moment.end_time), length, f"{moment.score:.1f}", details
        )
    return table
