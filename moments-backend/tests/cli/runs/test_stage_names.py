"""Stage names of the CLI come from the schema."""

from pathlib import Path

import pytest

from app.core.config import BACKEND_DIR
from app.models.pipeline import ITEM_UNITS, STAGE_NAMES, StageState
from app.services.pipeline.orchestrator import STAGES
from cli.runs.text import stage_detail, stage_label
from tests.cli.runs.test_progress import NOW

SOURCES = sorted((BACKEND_DIR / "cli").rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_stage_name_is_written_by_hand(path: Path) -> None:
    source = path.read_text()
    names = {*STAGE_NAMES, *map(stage_label, STAGE_NAMES), "clip_"} - {"transcription"}
    assert [name for name in names if f'"{name}"' in source or f"'{name}'" in source] == []


def test_stages_follow_the_schema() -> None:
    assert tuple(stage.name for stage in STAGES) == STAGE_NAMES


def test_stages_with_items_name_their_unit() -> None:
    for name, unit in ITEM_UNITS.items():
        stage = StageState(status="processing", items_done=3, items_total=5)
        assert stage_detail(name, stage, NOW) == f"3 of 5 {unit}"
