"""Size of the code that the first page loads."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

from scripts.dev.chromium import FRONTEND_DIR

DIST = FRONTEND_DIR / "dist"
JAVASCRIPT_BYTES = 200_000
STYLE_BYTES = 30_000


def first_page() -> tuple[set[str], set[str]]:
    """Return the scripts and styles that `index.html` loads, with their static imports."""
    manifest: dict[str, dict[str, Any]] = json.loads((DIST / ".vite" / "manifest.json").read_text())
    chunks = {chunk["file"]: chunk for chunk in manifest.values()}
    page = (DIST / "index.html").read_text()
    named = set(re.findall(r"assets/[^\"]+", page))
    scripts = {name for name in named if name.endswith(".js")}
    waiting = list(scripts)
    while waiting:
        for imported in chunks.get(waiting.pop(), {}).get("imports", []):
            file = manifest[imported]["file"]
            if file not in scripts:
                scripts.add(file)
                waiting.append(file)
    return scripts, {name for name in named if name.endswith(".css")}


def gzipped(names: set[str]) -> int:
    return sum(len(gzip.compress(Path(DIST, name).read_bytes(), 9)) for name in names)


def test_first_page_size_is_within_budget() -> None:
    scripts, styles = first_page()
    assert 0 < gzipped(scripts) < JAVASCRIPT_BYTES
    assert 0 < gzipped(styles) < STYLE_BYTES


def test_large_features_are_loaded_on_demand() -> None:
    scripts, _ = first_page()
    code = "".join(Path(DIST, name).read_text() for name in scripts)
    for later in ("media-time-range", "tus-resumable"):
        assert later not in code.lower()
        assert any(later in path.read_text().lower() for path in DIST.glob("assets/*.js"))


def test_no_external_resources() -> None:
    page = (DIST / "index.html").read_text()
    assert "//" not in page.replace("<!doctype html>", "").replace('"/', '"')


def test_text_assets_are_compressed() -> None:
    scripts, styles = first_page()
    for name in scripts | styles:
        path = DIST / name
        packed = path.with_name(f"{path.name}.gz").read_bytes()
        assert gzip.decompress(packed) == path.read_bytes()
        assert path.with_name(f"{path.name}.br").stat().st_size < len(packed) < path.stat().st_size
