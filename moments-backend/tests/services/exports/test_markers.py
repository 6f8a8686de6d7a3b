"""Editor files, read back by parsers of the tests' own."""

import csv
import re
from fractions import Fraction
from io import StringIO
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from app.database.models import Video
from app.models.moment import MomentRead
from app.services.exports.markers.csv_table import to_csv
from app.services.exports.markers.edl import to_edl
from app.services.exports.markers.fcpxml import to_fcpxml
from app.services.exports.markers.sheet import MarkerSheet, build_sheet
from app.services.exports.markers.timebase import Timebase

NTSC = 30000 / 1001
HOSTILE = [
    "Two\nlines\r\n\x00\x07 and * LOC: 09:00:00:00 RED fake",
    "=HYPERLINK(1)",
    " +1 +2",
    "-1",
    "@SUM(A1)",
    "＝1",
    'Comma, "quotes" and ]]> <tag> &amp;',
    "Emoji 👩‍🚀 – 講演 – \ufffe\u202eexe",
    "x" * 300,
    "",
]


def moment(number: int, start: float, end: float, title: str = "Title", **fields: Any) -> MomentRead:
    values = {"id": f"{number:016x}", "start_time": start, "end_time": end, "title": title, "score": 5.0}
    return MomentRead.model_validate(values | fields)


def video(frame_rate: float = 25.0, *, name: str = "talk.mp4", **media: Any) -> Video:
    streams = {"video": [{"index": 0, "codec": "h264", "width": 1280, "height": 720}]}
    return Video(
        identifier="talk",
        title="The Talk",
        cloud_url=f"gs://bucket/videos/talk/{name}",
        duration_seconds=600.0,
        frame_rate=frame_rate,
        media=streams | {"audio": [{"index": 1, "codec": "aac", "channels": 2}]} | media,
    )


def sheet(*moments: MomentRead, **of_video: Any) -> MarkerSheet:
    return build_sheet(video(**of_video), moments)


EVENT = re.compile(
    r"(\d{3})  ([A-Z0-9]{1,8}) +(V|A|B|AA|AA/V) +C +" + r" ".join([r"(\d\d:\d\d:\d\d[:;]\d\d)"] * 4)
)


def events_of(edl: str) -> list[tuple[str, ...]]:
    """Return the fields of the events; every other line must be a header, empty or a comment."""
    lines = edl.split("\r\n")
    assert lines[0].startswith("TITLE: ")
    assert lines[1] in {"FCM: DROP FRAME", "FCM: NON-DROP FRAME"}
    events = []
    for line in lines[2:]:
        if match := EVENT.fullmatch(line):
            events.append(match.groups())
        else:
            assert line == "" or line.startswith(("* FROM CLIP NAME: ", "* LOC: ")), line
    return events


def test_edl_of_ntsc() -> None:
    edl = to_edl(sheet(moment(1, 60.06, 70.07), moment(2, 120.0, 120.5), frame_rate=NTSC))
    assert edl.split("\r\n") == [
        "TITLE: The Talk",
        "FCM: DROP FRAME",
        "",
        "001  AX       AA/V  C        00:01:00;02 00:01:10;02 01:00:00;00 01:00:10;00",
        "* FROM CLIP NAME: talk.mp4",
        "* LOC: 01:00:00:00 GREEN   Title",
        "",
        "002  AX       AA/V  C        00:01:59;28 00:02:00;15 01:00:10;00 01:00:10;15",
        "* FROM CLIP NAME: talk.mp4",
        "* LOC: 01:00:10:00 GREEN   Title",
        "",
    ]


@pytest.mark.parametrize(
    ("frame_rate", "edges"),
    [
        (25.0, ("00:00:10:00", "00:00:20:13")),
        (24000 / 1001, ("00:00:10:00", "00:00:20:12")),
        (30.0, ("00:00:10:00", "00:00:20:16")),
        (50.0, ("00:00:10:00", "00:00:20:26")),
        (60.0, ("00:00:10:00", "00:00:20:31")),
        (60000 / 1001, ("00:00:09;59", "00:00:20;30")),
    ],
)
def test_edl_of_other_rates(frame_rate: float, edges: tuple[str, str]) -> None:
    ((*_, start, end, record_start, _),) = events_of(
        to_edl(sheet(moment(1, 10, 20.52), frame_rate=frame_rate))
    )
    assert (start, end) == edges
    assert record_start.replace(";", ":") == "01:00:00:00"


def test_edl_counts_from_the_camera() -> None:
    edl = to_edl(sheet(moment(1, 10, 20), timecode="10:00:00:00"))
    assert events_of(edl)[0][3:5] == ("10:00:10:00", "10:00:20:00")
    counted = to_edl(sheet(moment(1, 60.06, 70.07), frame_rate=NTSC, timecode="01:00:00:00"))
    assert "NON-DROP" in counted
    assert events_of(counted)[0][3:5] == ("01:01:00:00", "01:01:10:00")


def test_edl_of_one_track() -> None:
    mono = [{"index": 1, "codec": "aac", "channels": 1}]
    assert events_of(to_edl(sheet(moment(1, 1, 2), audio=mono)))[0][2] == "B"
    assert events_of(to_edl(sheet(moment(1, 1, 2), audio=[])))[0][2] == "V"
    assert events_of(to_edl(sheet(moment(1, 1, 2), audio=mono, video=[])))[0][2] == "A"


def test_edges_stay_in_the_source() -> None:
    (event,) = sheet(moment(1, 599.99, 600.3)).events
    assert (event.start, event.end) == (14_999, 15_000)
    (short,) = sheet(moment(1, 10, 10.001)).events
    assert short.frames == 1


def test_refined_moment_replaces_its_original() -> None:
    refined = moment(3, 11, 19, "Better", is_refined=True, parent_id=f"{1:016x}")
    events = sheet(moment(2, 30, 40), moment(1, 10, 20), refined).events
    assert [event.title for event in events] == ["Better", "Title"]


def test_hostile_titles_in_edl() -> None:
    edl = to_edl(sheet(*(moment(n, 10 * n, 10 * n + 5, title) for n, title in enumerate(HOSTILE))))
    events = events_of(edl)
    assert len(events) == len(HOSTILE)
    assert [event[5] for event in events[1:]] == [event[6] for event in events[:-1]]
    assert "Emoji 👩‍🚀 – 講演" in edl
    assert not set(edl.replace("\r\n", "")) & set("\r\n\x00\x07\ufffe\u202e")


def test_csv_is_safe_in_spreadsheets() -> None:
    moments = [
        moment(n, 10 * n, 10 * n + 5, title, reason=title, quote=title) for n, title in enumerate(HOSTILE)
    ]
    text = to_csv(sheet(*moments))
    assert text.startswith("\ufeffnumber,title,start_time,")
    rows = list(csv.DictReader(StringIO(text[1:], newline=""), strict=True))
    assert len(rows) == len(HOSTILE)
    for row in rows:
        for column in ("title", "reason", "quote"):
            assert not row[column].lstrip().startswith(("=", "+", "-", "@", "＝")), row
    assert [rows[6][name] for name in ("title", "start_time", "end_time", "start_timecode")] == [
        HOSTILE[6],
        "60.000",
        "65.000",
        "00:01:00:00",
    ]
    assert all(line.count("\n") == 0 for line in text.split("\r\n"))


def seconds(text: str) -> Fraction:
    assert re.fullmatch(r"\d+(/\d+)?s", text)
    return Fraction(text[:-1])


CHILDREN = {
    "fcpxml": ["resources", "library"],
    "resources": ["format", "asset"],
    "asset": ["media-rep"],
    "library": ["event"],
    "event": ["asset-clip", "project"],
    "project": ["sequence"],
    "sequence": ["spine"],
}
"""Elements and their order; clips are checked apart."""

ATTRIBUTES = {
    "fcpxml": {"version"},
    "format": {"id", "frameDuration", "width", "height"},
    "asset": {"id", "name", "start", "duration", "hasVideo", "videoSources", "format"}
    | {"hasAudio", "audioSources", "audioChannels", "audioRate"},
    "media-rep": {"kind", "src"},
    "event": {"name"},
    "project": {"name"},
    "sequence": {"format", "duration", "tcStart", "tcFormat", "audioLayout", "audioRate"},
    "asset-clip": {"ref", "name", "start", "duration", "format", "tcFormat", "offset"},
    "keyword": {"start", "duration", "value", "note"},
    "marker": {"start", "duration", "value", "note"},
}


def checked(text: str) -> ET.Element:
    """Parse the document, and check elements, attributes, references and that times are whole frames."""
    assert text.startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="1.10">'
    )
    root = ET.fromstring(text)
    frame = seconds(str(root.find("resources/format").attrib["frameDuration"]))  # type: ignore[union-attr]
    ids = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES.get(element.tag, set()), element.tag
        if element.tag in CHILDREN:
            assert [child.tag for child in element] == CHILDREN[element.tag]
        if element.tag == "asset-clip":
            assert {child.tag for child in element} <= {"note", "keyword", "marker"}
            assert "note" not in [child.tag for child in element][1:]
        for name in ("start", "duration", "offset", "tcStart"):
            assert (seconds(element.attrib.get(name, "0s")) / frame).denominator == 1
        for name in ("ref", "format"):
            assert element.attrib.get(name, "r1") in ids
    return root


@pytest.mark.parametrize("frame_rate", [24000 / 1001, 25.0, NTSC, 27.3, 60000 / 1001, 60.0])
def test_fcpxml_times_are_frames(frame_rate: float) -> None:
    made = sheet(moment(1, 10.017, 20.51), moment(2, 61.9, 66.6), frame_rate=frame_rate)
    root = checked(to_fcpxml(made))
    clips = root.findall("library/event/project/sequence/spine/asset-clip")
    position = Fraction(0)
    for clip, one in zip(clips, (moment(1, 10.017, 20.51), moment(2, 61.9, 66.6)), strict=True):
        assert seconds(clip.attrib["offset"]) == position
        position += seconds(clip.attrib["duration"])
        assert abs(float(seconds(clip.attrib["start"])) - one.start_time) < 0.6 / frame_rate
    sequence = root.find("library/event/project/sequence")
    assert sequence is not None
    assert seconds(sequence.attrib["duration"]) == position
    assert sequence.attrib["tcFormat"] == ("DF" if made.source.timebase.is_drop else "NDF")


def test_fcpxml_names_only_the_file() -> None:
    name = "été 講演 #1?.mp4"
    root = checked(to_fcpxml(sheet(moment(1, 10, 20), name=name, timecode="10:00:00:00")))
    source = root.find("resources/asset/media-rep")
    assert source is not None
    assert source.attrib["src"] == "./%C3%A9t%C3%A9%20%E8%AC%9B%E6%BC%94%20%231%3F.mp4"
    asset, clip = root.find("resources/asset"), root.find(".//spine/asset-clip")
    assert asset is not None
    assert clip is not None
    assert (asset.attrib["name"], asset.attrib["start"]) == (name, "36000s")
    assert clip.attrib["start"] == "36010s"


def test_fcpxml_marks_the_source() -> None:
    made = sheet(*(moment(n, 10 * n, 10 * n + 5, title, reason=title) for n, title in enumerate(HOSTILE)))
    root = checked(to_fcpxml(made))
    marks = root.findall("library/event/asset-clip/marker")
    assert [mark.attrib["start"] for mark in marks] == [f"{10 * n}s" for n in range(len(HOSTILE))]
    assert marks[6].attrib["value"] == HOSTILE[6]
    assert [len(mark.attrib["value"]) for mark in marks[-2:]] == [300, len(f"Moment {9:016x}")]
    assert [note.text for note in root.iter("note")][6] == HOSTILE[6]


def test_rotated_and_wide_pixels() -> None:
    stream = {"index": 0, "codec": "h264", "width": 1440, "height": 1080}
    wide = [stream | {"sample_aspect_ratio": 4 / 3}]
    assert sheet(moment(1, 1, 2), video=wide).source.size == (1920, 1080)
    turned = [stream | {"width": 1920, "rotation": 90}]
    assert sheet(moment(1, 1, 2), video=turned).source.size == (1080, 1920)


def test_source_without_pictures() -> None:
    made = sheet(moment(1, 10, 20), frame_rate=0.0, video=[])
    assert made.source.timebase == Timebase.of((25, 1))
    root = checked(to_fcpxml(made))
    asset = root.find("resources/asset")
    assert asset is not None
    assert "hasVideo" not in asset.attrib
    assert "format" not in asset.attrib
