"""Invalid transcripts in JSON."""

import json
from typing import Any

import pytest

from app.core.exceptions import InvalidCaptionsError
from app.services.transcripts.json_reader import read_json

VALID = {"text": "a", "start": 0, "end": 1}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([{"text": "a", "start": True, "end": False}], "segments[0]: `start` is true, not a number"),
        ([VALID, VALID | {"end": True}], "segments[1]: `end` is true, not a number"),
        ([{"text": "a", "start": 1, "duration": True}], "segments[0]: `duration` is true, not a number"),
        ([VALID | {"confidence": True}], "segments[0]: `confidence` is true, not a number"),
        ([VALID, VALID | {"start": 1}], "segments[1]: it ends at 1 s, not after its start at 1 s"),
        ([VALID | {"start": 2}], "segments[0]: it ends at 1 s, not after its start at 2 s"),
        ([{"text": "a", "start": 1, "duration": 0}], "segments[0]: it ends at 1 s"),
        (["a"], "segments[0]: must be a JSON object"),
        ({"words": [1]}, "words[0]: must be a JSON object"),
        ({"words": [{"word": "a", "start": False, "end": 1}]}, "words[0]: `start` is false"),
        ({"sections": [{"start": False, "end": 1, "kind": "music"}]}, "sections[0]: `start` is false"),
        (1, "document: must be a JSON object"),
    ],
    ids=str,
)
def test_error_names_the_place(document: Any, message: str) -> None:
    with pytest.raises(InvalidCaptionsError) as caught:
        read_json(json.dumps(document), seconds=10.0)
    assert str(caught.value).startswith(message)
    assert "_" not in str(caught.value)


def test_empty_segments_without_length_are_ignored() -> None:
    document = [VALID, {"text": " ", "start": 1, "end": 1}]
    transcript, _ = read_json(json.dumps(document), seconds=10.0)
    assert [segment.text for segment in transcript.segment_timestamps] == ["a"]
