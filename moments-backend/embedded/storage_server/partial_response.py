"""The parameter `fields`, which selects parts of a JSON response.

https://cloud.google.com/storage/docs/json_api#partial-response
"""

import re
from typing import Any

from embedded.storage_server.api_errors import ApiError, invalid

MAX_DEPTH = 20

Selection = dict[str, "Selection"]
"""Selected members; an empty selection selects everything."""

_TOKEN = re.compile(r"[^,/()]+|[,/()]")


def select_fields(value: Any, fields: str) -> Any:
    """Return the selected parts of a JSON value.

    Args:
        fields: such as `items(name,size),nextPageToken` or `items/name`.

    Raises:
        ApiError: 400 for a malformed selection.
    """
    tokens = _TOKEN.findall(fields)
    selection = _parse_list(tokens, fields)
    if tokens:
        raise _malformed(fields)
    return _apply(value, selection)


def _parse_list(tokens: list[str], fields: str, depth: int = 0) -> Selection:
    """Parse `path,path,…` up to a closing parenthesis or the end."""
    if depth > MAX_DEPTH:
        raise _malformed(fields)
    selection: Selection = {}
    while True:
        _parse_path(tokens, selection, fields, depth)
        if not tokens or tokens[0] != ",":
            return selection
        tokens.pop(0)


def _parse_path(tokens: list[str], selection: Selection, fields: str, depth: int) -> None:
    """Parse `name/name(…)` into `selection`."""
    while True:
        if not tokens or tokens[0] in ",/()":
            raise _malformed(fields)
        selection = selection.setdefault(tokens.pop(0).strip(), {})
        if not tokens or tokens[0] in ",)":
            return
        if tokens.pop(0) == "(":
            selection.update(_parse_list(tokens, fields, depth + 1))
            if not tokens or tokens.pop(0) != ")":
                raise _malformed(fields)
            return


def _apply(value: Any, selection: Selection) -> Any:
    if not selection:
        return value
    if isinstance(value, list):
        return [_apply(item, selection) for item in value]
    if not isinstance(value, dict):
        return value
    everything = selection.get("*")
    return {
        name: _apply(member, selection.get(name) or everything or {})
        for name, member in value.items()
        if everything is not None or name in selection
    }


def _malformed(fields: str) -> ApiError:
    return invalid(f"Invalid field selection {fields[:200]}")
