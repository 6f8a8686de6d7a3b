"""The exported OpenAPI document and its check."""

import json
from pathlib import Path

import pytest

from scripts.export_openapi import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["export_openapi", *arguments])
    main()


@pytest.mark.slow
def test_check_detects_a_changed_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "openapi.json"
    run(monkeypatch, str(file))
    document = json.loads(file.read_text())
    assert "/api/videos" in document["paths"]
    run(monkeypatch, "--check", str(file))
    del document["paths"]["/api/videos"]
    file.write_text(json.dumps(document))
    with pytest.raises(SystemExit, match="differs from the API"):
        run(monkeypatch, "--check", str(file))
