"""What the first page weighs: the code that has to arrive before anything is seen."""

import gzip
import json
from pathlib import Path
from typing import Any

from embedded.chromium import FRONTEND_DIR

DIST = FRONTEND_DIR / "dist"
JAVASCRIPT_BYTES = 200_000
STYLE_BYTES = 30_000


def first_page() -> tuple[set[str], set[str]]:
    """The scripts and the styles that `index.html` and what it imports at once bring along."""
    manifest: dict[str, dict[str, Any]] = json.loads((DIST / ".vite" / "manifest.json").read_text())
    scripts: set[str] = set()
    styles: set[str] = set()

    def follow(name: str) -> None:
        chunk = manifest[name]
        if chunk["file"] in scripts:
            return
        scripts.add(chunk["file"])
        styles.update(chunk.get("css", []))
        for imported in chunk.get("imports", []):
            follow(imported)

    follow("index.html")
    return scripts, styles


def gzipped(names: set[str]) -> int:
    return sum(len(gzip.compress(Path(DIST, name).read_bytes(), 9)) for name in names)


def test_the_first_page_is_light() -> None:
    scripts, styles = first_page()
    assert 0 < gzipped(scripts) < JAVASCRIPT_BYTES
    assert 0 < gzipped(styles) < STYLE_BYTES


def test_what_is_heavy_comes_when_it_is_used() -> None:
    scripts, _ = first_page()
    code = "".join(Path(DIST, name).read_text() for name in scripts)
    for later in ("media-time-range", "tus-resumable"):
        assert later not in code.lower()
        assert any(later in path.read_text().lower() for path in DIST.glob("assets/*.js"))


def test_nothing_comes_from_elsewhere() -> None:
    page = (DIST / "index.html").read_text()
    assert "//" not in page.replace("<!doctype html>", "").replace('"/', '"')


def test_what_gets_smaller_by_it_is_compressed() -> None:
    scripts, styles = first_page()
    for name in scripts | styles:
        path = DIST / name
        packed = path.with_name(f"{path.name}.gz").read_bytes()
        assert gzip.decompress(packed) == path.read_bytes()
        assert path.with_name(f"{path.name}.br").stat().st_size < len(packed) < path.stat().st_size
