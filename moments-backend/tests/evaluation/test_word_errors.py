"""Word error counting."""

import pytest

from evaluation.word_errors import word_errors


@pytest.mark.parametrize(
    ("spoken", "transcribed", "errors"),
    [
        ("The tide turns.", "the tide turns", 0),
        ("The tide turns.", "The tie turns.", 1),
        ("The tide turns.", "tide turns", 1),
        ("The tide turns.", "The the tide turns", 1),
        ("One two three four", "four three two one", 4),
        ("A long-lived star", "a long lived star", 0),
        ("Élan, naïve", "élan nai\u0308ve", 0),
        ("l’année", "l'année", 0),
        ("Grüße", "Grüsse", 1),
        ("Nothing", "", 1),
        ("", "Thank you", 2),
    ],
)
def test_word_errors_are_minimal(spoken: str, transcribed: str, errors: int) -> None:
    assert word_errors(spoken, transcribed) == errors
