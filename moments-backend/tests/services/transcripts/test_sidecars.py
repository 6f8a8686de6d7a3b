"""Names of captions beside a video, and their kept copies."""

import os
from pathlib import Path

import pytest

from app.core.config import Settings
from app.services.storage.gcs_uploader import GCSUploader
from app.services.transcripts.sidecars import (
    MAX_BYTES,
    SidecarName,
    copy_sidecars,
    find_sidecars,
    keep_sidecars,
    parse_kept_name,
    parse_name,
)

STEMS = {"talk", "talk.en", "2024.tides", "café"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("talk.srt", ("talk", None, "")),
        ("talk.VTT", ("talk", None, "")),
        ("talk.de.srt", ("talk", "de", "")),
        ("talk.pt-BR.vtt", ("talk", "pt", "")),
        ("talk.German.srt", ("talk", "de", "")),
        ("talk.ger.forced.srt", ("talk", "de", "forced")),
        ("talk.forced.srt", ("talk", None, "forced")),
        ("talk.de.sdh.srt", ("talk", "de", "deaf")),
        ("talk.de.hi.srt", ("talk", "de", "deaf")),
        ("talk.hi.srt", ("talk", "hi", "")),
        ("talk.cc.vtt", ("talk", None, "deaf")),
        ("talk.de.default.srt", ("talk", "de", "")),
        ("talk.en.srt", ("talk.en", None, "")),
        ("2024.tides.fr.srt", ("2024.tides", "fr", "")),
        ("cafe\u0301.it.srt", ("café", "it", "")),
        ("talk.part2.srt", None),
        ("talk.raw.srt", None),
        ("talks.srt", None),
        ("talk.txt", None),
        ("srt", None),
        (".srt", None),
    ],
)
def test_names_of_sidecars(name: str, expected: tuple[str, str | None, str] | None) -> None:
    found = parse_name(name, STEMS)
    if expected is None:
        assert found is None
    else:
        stem, language, kind = expected
        assert found == SidecarName(stem, language, kind == "forced", kind == "deaf")


def test_only_usable_sidecars_are_found(tmp_path: Path) -> None:
    video = tmp_path / "talk.mp4"
    for name in (
        "talk.mp4",
        "other.mp4",
        "talk.de.forced.srt",
        "talk.en.srt",
        "talk.en.sdh.srt",
        "other.srt",
    ):
        (tmp_path / name).touch()
    (tmp_path / "talk.fr.srt").symlink_to("/etc/hostname")
    (tmp_path / "talk.it.srt").mkdir()
    with (tmp_path / "talk.es.srt").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    found = find_sidecars(video)
    assert [(sidecar.path.name, sidecar.is_for_deaf) for sidecar in found] == [
        ("talk.en.srt", False),
        ("talk.en.sdh.srt", True),
    ]
    assert find_sidecars(tmp_path / "gone" / "talk.mp4") == []


def test_sidecars_are_copied_with_their_video(tmp_path: Path) -> None:
    video, copy = tmp_path / "talk.mp4", tmp_path / "videos" / "talk-1a2b.mp4"
    copy.parent.mkdir()
    for path in (video, copy):
        path.touch()
    (tmp_path / "talk.en.sdh.srt").write_text("new")
    (tmp_path / "talk.de.srt").write_text("new")
    copy.with_name("talk-1a2b.de.srt").write_text("old")
    copy_sidecars(video, copy)
    copy_sidecars(copy, copy)
    found = {sidecar.path.name: sidecar.path.read_text() for sidecar in find_sidecars(copy)}
    assert found == {"talk-1a2b.de.srt": "old", "talk-1a2b.en.sdh.srt": "new"}


async def test_copies_follow_their_sidecars(settings: Settings, tmp_path: Path) -> None:
    video, uploader = tmp_path / "talk.mp4", GCSUploader(settings)
    video.touch()
    english, plain = tmp_path / "talk.en.srt", tmp_path / "talk.srt"
    english.write_text("first")
    plain.write_text("plain")
    folder = settings.captions_dir / "talk"
    folder.mkdir(parents=True)
    (folder / "en.vtt").write_text("of the site")

    async def keep() -> list[str]:
        return await keep_sidecars("talk", video, settings=settings, uploader=uploader)

    async def stored() -> set[str]:
        return {found.name for found in await uploader.list_objects("captions/talk/")}

    try:
        assert sorted(await keep()) == ["en.sidecar.srt", "und.sidecar.srt"]
        assert await keep() == []
        english.write_text("changed")
        os.utime(english, (1, 1))
        assert await keep() == ["en.sidecar.srt"]
        assert (folder / "en.sidecar.srt").read_text() == "changed"
        plain.unlink()
        assert await keep() == []
        assert await stored() == {"captions/talk/en.sidecar.srt"}
        assert sorted(path.name for path in folder.iterdir()) == ["en.sidecar.srt", "en.vtt"]
    finally:
        await uploader.close()


def test_kept_names_differ_from_those_of_the_site() -> None:
    kept = parse_kept_name(Path("en.sidecar-sdh.vtt"))
    assert kept is not None
    assert (kept.language, kept.is_for_deaf, kept.kept_name) == ("en", True, "en.sidecar-sdh.vtt")
    unknown = parse_kept_name(Path("und.sidecar.srt"))
    assert unknown is not None
    assert unknown.language is None
    for name in ("en.vtt", "pt-BR.srt", "sidecar.srt", "en.other.srt"):
        assert parse_kept_name(Path(name)) is None
