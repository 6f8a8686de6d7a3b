"""Validation of saved views by the parameters of the list."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.api.params.video_list import VideoSelectionParams
from app.models.schemas import FieldError

MAX_NAME_IN_ERROR = 100


def validated_query(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the query of a view as it is stored.

    Raises:
        RequestValidationError: it contains unknown parameters or invalid values, all of which are named.
    """
    params, problems = parse_view(query)
    if problems:
        raise RequestValidationError(
            [
                {"type": "value_error", "loc": ("body", "query", *problem.location), "msg": problem.message}
                for problem in problems
            ]
        )
    return params.model_dump(mode="json", exclude_unset=True)


def parse_view(query: Mapping[str, Any]) -> tuple[VideoSelectionParams, list[FieldError]]:
    """Return the valid parameters of a view, and the problems of the others."""
    problems = [
        FieldError(location=[name[:MAX_NAME_IN_ERROR]], message="unknown parameter of a view")
        for name in query
        if name not in VideoSelectionParams.model_fields
    ]
    known = {name: value for name, value in query.items() if name in VideoSelectionParams.model_fields}
    try:
        return VideoSelectionParams.model_validate(known), problems
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    problems += [FieldError(location=list(problem["loc"]), message=problem["msg"]) for problem in found]
    invalid = {problem["loc"][0] for problem in found if problem["loc"]}
    valid = {name: value for name, value in known.items() if name not in invalid}
    return VideoSelectionParams.model_validate(valid), problems
