"""A client generated from the OpenAPI document by `openapi-python-client`, against a real server."""

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from app.core.config import Settings
from tests.api.conftest import serving
from tests.api.support.openapi_assertions import document
from tests.api.support.rows import add_row
from tests.fixtures.library import Library
from tests.fixtures.media import make_video

pytestmark = pytest.mark.slow

PACKAGE = "generated_videomoments"


class Generated:
    """The generated package and what the generator printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / PACKAGE
        source = folder / "openapi.json"
        source.write_text(json.dumps(document()), encoding="utf-8")
        done = subprocess.run(
            [
                *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
                *("--path", str(source), "--output-path", str(self.folder)),
            ],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"},
        )
        self.output = done.stdout + done.stderr
        assert done.returncode == 0, self.output

    def module(self, name: str) -> ModuleType:
        return importlib.import_module(f"{PACKAGE}.{name}")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generated]:
    folder = tmp_path_factory.mktemp("client")
    made = Generated(folder)
    sys.path.insert(0, str(folder))
    yield made
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_every_operation_and_answer_is_generated(generated: Generated) -> None:
    assert "Cannot parse response" not in generated.output
    operations = sum(len(methods) for methods in document()["paths"].values())
    modules = [path for path in generated.folder.glob("api/*/*.py") if path.name != "__init__.py"]
    assert len(modules) == operations
    # Bodies that are files: a generated client sends their JSON forms only.
    unsupported = set(re.findall(r"WARNING parsing (\w+ \S+)", generated.output))
    assert unsupported <= {
        "PUT /api/videos/{video_id}/thumbnail",
        "PUT /api/videos/{video_id}/transcript",
    }


def test_generated_client_reads_and_changes_the_library(
    generated: Generated, settings: Settings, library: Library
) -> None:
    original = make_video(library.folder / "talk.mp4", seconds=0.2)
    add_row(library, "talk", title="Talk")
    videos = "api.videos"
    with serving(settings) as address, generated.module("client").Client(base_url=address) as client:
        (listed,) = generated.module(f"{videos}.list_videos").sync(client=client, details=True)
        assert (listed.id, listed.title) == ("talk", "Talk")
        update = generated.module("models").VideoUpdate(title="Renamed")
        changed = generated.module(f"{videos}.change_video").sync("talk", client=client, body=update)
        assert changed.title == "Renamed"
        streamed = generated.module(f"{videos}.stream_video").sync("talk", client=client)
        assert streamed.payload.read() == original.read_bytes()
        thumbnail = generated.module(f"{videos}.get_thumbnail").sync("talk", client=client)
        assert thumbnail.payload.read().startswith(b"\xff\xd8")
        missing = generated.module(f"{videos}.get_video").sync("none", client=client)
        assert (missing.status, missing.type_) == (404, "urn:videomoments:error:video-not-found")
