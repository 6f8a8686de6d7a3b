"""Options for moments, shared by several commands."""

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from pydantic import ValidationError

    from app.models.generation_options import GenerationOptions

    OptionsT = TypeVar("OptionsT", bound=GenerationOptions)

MinLength = Annotated[float | None, typer.Option(help="Shortest moment, in seconds [15].")]
MaxLength = Annotated[float | None, typer.Option(help="Longest moment, in seconds [90].")]
MinMoments = Annotated[int | None, typer.Option(help="Minimum number of moments, if that many fit [1].")]
MaxMoments = Annotated[int | None, typer.Option(help="Maximum number of moments [10].")]

AudioStream = Annotated[
    int | None,
    typer.Option(
        help="Stream number of the audio track to transcribe; an invalid one lists the tracks [the default"
        " track, or the next one that is not silent]."
    ),
]

Language = Annotated[
    str | None,
    typer.Option(
        help="Spoken language, such as en or German; auto detects it [the language of the video].",
        show_default=False,
    ),
]
VocabularyTerms = Annotated[
    list[str] | None,
    typer.Option(
        "--vocabulary",
        metavar="TERM",
        help="A name or term that is spoken, in addition to those of the library; may be repeated.",
        show_default=False,
    ),
]

NAMES = {
    "min_moment_length": "--min-length",
    "max_moment_length": "--max-length",
    "min_moments": "--min-moments",
    "max_moments": "--max-moments",
    "user_prompt": "--prompt",
    "audio_stream": "--audio-stream",
    "language": "--language",
    "vocabulary": "--vocabulary",
}
LIMITS = (("min_moment_length", "max_moment_length"), ("min_moments", "max_moments"))


def parse_options(model: "type[OptionsT]", given: dict[str, Any]) -> "OptionsT":
    """Validate the options; None means that an option was not given.

    A limit given alone moves the other one if necessary: `--min-length 120` raises the maximum to 120.

    Raises:
        InvalidRequestError: an option is invalid.
    """
    # Not needed for help and usage errors.
    from pydantic import ValidationError  # noqa: PLC0415

    from app.core.exceptions import InvalidRequestError  # noqa: PLC0415

    values = {name: value for name, value in given.items() if value is not None}
    for low, high in LIMITS:
        lowest, highest = (model.model_fields[name].default for name in (low, high))
        if low in values and high not in values:
            values[high] = max(values[low], highest)
        elif high in values and low not in values:
            values[low] = min(values[high], lowest)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InvalidRequestError(_describe(error)) from error


def _describe(error: "ValidationError") -> str:
    """Return the messages of pydantic with the names of the options."""
    problems = []
    for problem in error.errors():
        name = "".join(NAMES.get(str(part), str(part)) for part in problem["loc"][:1])
        message = problem["msg"].removeprefix("Value error, ")
        for field, option in NAMES.items():
            message = message.replace(field, option)
        problems.append(f"{name}: {message}" if name else message)
    return "; ".join(problems)
