"""The options about moments that several commands have."""

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import ValidationError

    from app.models.generation_options import GenerationOptions

    OptionsT = TypeVar("OptionsT", bound=GenerationOptions)

NAMES = {
    "min_moment_length": "--min-length",
    "max_moment_length": "--max-length",
    "min_moments": "--min-moments",
    "max_moments": "--max-moments",
    "user_prompt": "--prompt",
}
LIMITS = (("min_moment_length", "max_moment_length"), ("min_moments", "max_moments"))


def options_of(model: "type[OptionsT]", given: dict[str, Any]) -> "OptionsT":
    """What was asked for; what is None was not named.

    A limit that was named alone takes the other one along: `--min-length 120` means 120 and more.

    Raises:
        InvalidRequestError.
    """
    # Help and usage errors need none of this.
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
        raise InvalidRequestError(_in_words(error)) from error


def _in_words(error: "ValidationError") -> str:
    """What pydantic says, with the names of the options."""
    problems = []
    for problem in error.errors():
        name = "".join(NAMES.get(str(part), str(part)) for part in problem["loc"][:1])
        words = problem["msg"].removeprefix("Value error, ")
        for field, option in NAMES.items():
            words = words.replace(field, option)
        problems.append(f"{name}: {words}" if name else words)
    return "; ".join(problems)
