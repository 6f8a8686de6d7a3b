"""`docs/settings.md` lists all settings with their defaults."""

import json
import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from app.core.config import Settings

DOCUMENT = Path(__file__).parents[3] / "docs" / "settings.md"


def documented() -> dict[str, str]:
    """Return the documented defaults by variable."""
    found: dict[str, str] = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 3 and cells[0].startswith("`"):
            names = re.findall(r"`(\w+)`", cells[0])
            defaults = re.findall(r"`([^`]*)`", cells[1]) or ["none"] * len(names)
            found.update(zip(names, defaults, strict=True))
    return found


def test_document_lists_exactly_the_settings() -> None:
    assert documented().keys() == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_documented_default_is_correct(name: str) -> None:
    default = Settings.model_fields[name].default
    written = documented()[name.upper()]
    assert default is not PydanticUndefined
    if default is None:
        assert written == "none"
    elif isinstance(default, (bool, int, float, list)):
        assert json.loads(written) == default
    else:
        assert written == str(default)
