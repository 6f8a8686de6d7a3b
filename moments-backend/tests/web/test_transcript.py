"""The transcript on the watch page: corrections, find and replace, import, states."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.api.support.rows import add_row
from tests.fixtures.media import make_video
from tests.web.support.axe import violations
from tests.web.support.server import Site
from tests.web.support.wait import until

pytestmark = pytest.mark.slow

SENTENCES = (
    "The harbour wall is wet twice a day.",
    "The noon pulls the water up.",
    "The noon lets it fall again.",
    "That is all there is to know.",
)
SECTIONS = (
    {"start": 0, "end": 12, "kind": "speech"},
    {"start": 12, "end": 20, "kind": "music"},
    {"start": 20, "end": 26, "kind": "unintelligible"},
)
CUES = "[...document.querySelector('video').textTracks].flatMap((track) => [...(track.cues ?? [])])"
SRT = "1\n00:00:01,000 --> 00:00:02,500\nDer Mond zieht das Wasser.\n"


def add_transcribed(site: Site, name: str = "tides", **changes: Any) -> str:
    """Add a video of 26 seconds with a transcript of four sentences, and return its id."""
    make_video(site.videos / f"{name}.mp4", seconds=26)
    add_row(site.library, name, video_codec="h264", audio_codec="aac", duration_seconds=26)
    segments = [
        {"text": text, "start": 3 * index, "end": 3 * index + 3, "confidence": 0.4 if index == 1 else 0.95}
        for index, text in enumerate(SENTENCES)
    ]
    document = {"language": "en", "segment_timestamps": segments, "sections": SECTIONS} | changes
    response = httpx.put(f"{site.url}/api/videos/{name}/transcript", json=document)
    response.raise_for_status()
    return name


def correct(site: Site, video: str, index: int, text: str) -> None:
    body = {"segments": [{"index": index, "text": text}]}
    httpx.patch(f"{site.url}/api/videos/{video}/transcript", json=body).raise_for_status()


async def opened(page: Page, site: Site, video: str) -> Locator:
    """Open the transcript of a video and return its list."""
    await page.goto(f"{site.url}/watch/{video}")
    await page.get_by_role("tab", name="Transcript").click()
    lines = page.get_by_role("list", name="Transcript")
    await expect(lines).to_be_visible()
    return lines


async def test_correction_reaches_transcript_and_captions(page: Page, empty_site: Site) -> None:
    lines = await opened(page, empty_site, add_transcribed(empty_site))
    await page.keyboard.press("c")
    await until(page, f"{CUES}.some((cue) => cue.text.includes('noon'))")
    await page.get_by_role("button", name="Edit transcript").click()
    assert await violations(page) == []
    await lines.get_by_text("pulls", exact=False).first.click()
    field = page.get_by_role("textbox", name="Sentence at 0:03")
    await expect(field).to_be_focused()
    await field.fill("The moon pulls the water up.")
    await page.keyboard.press("Tab")
    following = page.get_by_role("textbox", name="Sentence at 0:06")
    await expect(following).to_be_focused()
    assert await violations(page) == []
    await following.fill("The moon lets it fall again.")
    await page.keyboard.press("Enter")
    await expect(lines.get_by_text("(edited)")).to_have_count(2)
    await until(page, f"{CUES}.filter((cue) => cue.text.includes('moon')).length === 2")
    transcript = empty_site.get("/api/videos/tides/transcript")
    texts = [segment["text"] for segment in transcript["segment_timestamps"]]
    assert texts[1:3] == ["The moon pulls the water up.", "The moon lets it fall again."]

    await page.get_by_role("region", name="Edit transcript").get_by_role("button", name="Undo").click()
    await expect(lines.get_by_text("The noon lets it fall again.")).to_be_visible()
    await until(page, f"{CUES}.filter((cue) => cue.text.includes('moon')).length === 1")


async def test_sentence_is_edited_by_keyboard(page: Page, empty_site: Site) -> None:
    lines = await opened(page, empty_site, add_transcribed(empty_site))
    await lines.get_by_role("button", name=re.compile("harbour")).focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("e")
    field = page.get_by_role("textbox", name="Sentence at 0:03")
    await field.fill("Something else.")
    await page.keyboard.press("Escape")
    await expect(field).to_be_hidden()
    await expect(lines.get_by_role("button", name=re.compile("noon pulls"))).to_be_focused()
    await page.keyboard.press("Enter")
    await until(page, "Math.abs(document.querySelector('video').currentTime - 3) < 0.2")


async def test_conflicting_correction_keeps_the_text(page: Page, empty_site: Site) -> None:
    lines = await opened(page, empty_site, add_transcribed(empty_site))
    await page.get_by_role("button", name="Edit transcript").click()
    await lines.get_by_text("pulls", exact=False).first.click()
    field = page.get_by_role("textbox", name="Sentence at 0:03")
    await field.fill("The moon pulls.")
    correct(empty_site, "tides", 1, "Changed elsewhere.")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Changed elsewhere.")
    await expect(field).to_have_value("The moon pulls.")
    await page.get_by_role("button", name="Save").click()
    await expect(lines.get_by_text("The moon pulls.")).to_be_visible()


async def test_text_is_replaced_everywhere_and_undone(page: Page, empty_site: Site) -> None:
    lines = await opened(page, empty_site, add_transcribed(empty_site))
    await page.get_by_role("button", name="Transcript actions").click()
    await page.get_by_role("menuitem", name="Find and replace").click()
    dialog = page.get_by_role("dialog", name="Find and replace")
    await dialog.get_by_label("Find", exact=True).fill("noon")
    await dialog.get_by_label("Replace with").fill("moon")
    await expect(dialog.get_by_text("2 matches in 2 sentences")).to_be_visible()
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Replace all").click()
    await expect(lines.get_by_text("The moon pulls the water up.")).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(lines.get_by_text("The noon pulls the water up.")).to_be_visible()


async def test_captions_are_imported_from_a_file(page: Page, empty_site: Site, tmp_path: Path) -> None:
    lines = await opened(page, empty_site, add_transcribed(empty_site))
    for name, content in (("tides.srt", SRT), ("wrong.srt", SRT.replace("02,500", "no time"))):
        (tmp_path / name).write_text(content, encoding="utf-8")
        await page.get_by_role("button", name="Transcript actions").click()
        async with page.expect_file_chooser() as choosing:
            await page.get_by_role("menuitem", name="Import").click()
        await (await choosing.value).set_files(tmp_path / name)
        if name == "tides.srt":
            await expect(lines.get_by_text("Der Mond zieht das Wasser.")).to_be_visible()
    notice = page.get_by_role("alertdialog").filter(has_text="Could not import wrong.srt")
    await expect(notice).to_contain_text("Line 2")
    await expect(lines.get_by_text("Der Mond zieht das Wasser.")).to_be_visible()


async def test_sections_are_lines_of_the_transcript(page: Page, empty_site: Site) -> None:
    lines = await opened(page, empty_site, add_transcribed(empty_site))
    await expect(lines.get_by_text("♪ Music, 0:12–0:20")).to_be_visible()
    await expect(lines.get_by_text("Speech not recognised, 0:20–0:26")).to_be_visible()
    assert await violations(page) == []
    await lines.get_by_role("button", name=re.compile("Transcribe again")).click()
    dialog = page.get_by_role("dialog", name="Transcribe again")
    await expect(dialog.get_by_label("Spoken language")).to_be_visible()
    assert await violations(page) == []


@pytest.mark.parametrize(
    ("sections", "title"),
    [
        ([{"start": 0, "end": 26, "kind": "silence"}], "No speech"),
        ([{"start": 0, "end": 26, "kind": "music"}], "Only music"),
        ([{"start": 0, "end": 26, "kind": "unintelligible"}], "Speech not recognised"),
    ],
)
async def test_missing_words_are_explained(
    page: Page, empty_site: Site, sections: list[dict[str, Any]], title: str
) -> None:
    make_video(empty_site.videos / "quiet.mp4")
    add_row(empty_site.library, "quiet", video_codec="h264", audio_codec="aac")
    empty = {"text": "", "language": "und", "word_timestamps": [], "segment_timestamps": []}
    folder = empty_site.settings.transcripts_dir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "quiet.json").write_text(json.dumps(empty | {"sections": sections}))
    await page.goto(f"{empty_site.url}/watch/quiet")
    await page.get_by_role("tab", name="Transcript").click()
    await expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    assert await violations(page) == []


async def test_video_without_audio_is_not_transcribed(page: Page, empty_site: Site) -> None:
    make_video(empty_site.videos / "mute.mp4", audio=False)
    add_row(empty_site.library, "mute", video_codec="h264")
    await page.goto(f"{empty_site.url}/watch/mute")
    await page.get_by_role("tab", name="Transcript").click()
    await expect(page.get_by_role("heading", name="No audio track")).to_be_visible()


async def test_many_videos_are_transcribed_at_once(page: Page, empty_site: Site) -> None:
    for number in range(4):
        make_video(empty_site.videos / f"talk-{number}.mp4")
        add_row(empty_site.library, f"talk-{number}", title=f"Talk {number}")
    await page.goto(empty_site.url)
    await page.get_by_role("button", name="Select", exact=True).click()
    boxes = page.get_by_role("checkbox")
    await expect(boxes).to_have_count(4)
    await boxes.nth(0).click()
    await boxes.nth(2).click(modifiers=["Shift"])
    bar = page.get_by_role("region", name="Selection")
    await expect(bar.get_by_text("3 selected")).to_be_visible()
    assert await violations(page) == []
    await bar.get_by_role("button", name="Transcribe").click()
    await expect(bar.get_by_text("0 of 3 done")).to_be_visible()
    with empty_site.running_worker():  # it starts the runs
        await expect(page.get_by_text("3 transcriptions started")).to_be_visible(timeout=60_000)
    await expect(bar).to_be_hidden()
    assert [run["options"]["stages"] for run in empty_site.get("/api/pipeline")] == [["transcription"]] * 3


async def test_terms_of_the_vocabulary_are_edited(page: Page, empty_site: Site) -> None:
    await page.goto(f"{empty_site.url}/vocabulary")
    await page.get_by_label("Add names and terms").fill("Sydney Carton, Madame Defarge")
    await page.get_by_role("main").get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("list", name="Terms").get_by_role("listitem")).to_have_count(2)
    assert await violations(page) == []
    await page.get_by_role("button", name="Remove Sydney Carton").click()
    await expect(page.get_by_role("list", name="Terms").get_by_role("listitem")).to_have_count(1)
    assert empty_site.get("/api/vocabulary")["terms"] == ["Madame Defarge"]
