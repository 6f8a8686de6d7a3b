"""Options for moments, shared by several commands."""

import pytest

from app.models.pipeline import RunOptions
from cli.generation_options import parse_options


@pytest.mark.parametrize(
    ("given", "lengths", "numbers"),
    [
        ({"min_moment_length": 120.0}, (120.0, 120.0), (1, 10)),
        ({"max_moment_length": 10.0}, (10.0, 10.0), (1, 10)),
        ({"min_moment_length": 20.0, "max_moment_length": None}, (20.0, 90.0), (1, 10)),
        ({"min_moments": 20}, (15.0, 90.0), (20, 20)),
        ({"max_moments": 3, "regenerate": True}, (15.0, 90.0), (1, 3)),
    ],
)
def test_single_limit_moves_the_other_one(
    given: dict[str, object], lengths: tuple[float, float], numbers: tuple[int, int]
) -> None:
    options = parse_options(RunOptions, given)
    assert (options.min_moment_length, options.max_moment_length) == lengths
    assert (options.min_moments, options.max_moments) == numbers
    assert options.regenerate is given.get("regenerate", False)
