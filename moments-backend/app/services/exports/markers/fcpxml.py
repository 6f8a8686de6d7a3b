"""Final Cut Pro XML 1.10, which DaVinci Resolve imports too.

https://developer.apple.com/documentation/professional-video-applications/fcpxml-reference
"""

from urllib.parse import quote
from xml.etree import ElementTree as ET

from app.services.exports.markers.sheet import Event, MarkerSheet, Source

VERSION = "1.10"
"""The version with the widest support: Final Cut Pro 10.6 and DaVinci Resolve 17.4."""
KEYWORD = "Moments"
PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n'
FORMAT_ID, ASSET_ID = "r1", "r2"


def to_fcpxml(sheet: MarkerSheet) -> str:
    """Return an event with the source, whose moments are keyword ranges and markers, and a project of them.

    All times are multiples of the frame duration, as Final Cut Pro requires. The file is referred to by its
    name alone, relative to the document: editors find it in the same folder, or ask for it.
    """
    source = sheet.source
    root = ET.Element("fcpxml", version=VERSION)
    resources = ET.SubElement(root, "resources")
    width, height = source.size
    ET.SubElement(
        resources,
        "format",
        id=FORMAT_ID,
        frameDuration=source.timebase.seconds_of(1),
        width=str(width),
        height=str(height),
    )
    _add_asset(resources, source)
    event = ET.SubElement(ET.SubElement(root, "library"), "event", name=source.title)
    _add_marked_source(event, sheet)
    _add_project(event, sheet)
    ET.indent(root)
    return f"{PROLOGUE}{ET.tostring(root, encoding='unicode')}\n"


def _add_asset(resources: ET.Element, source: Source) -> None:
    timebase = source.timebase
    attributes = {
        "id": ASSET_ID,
        "name": source.filename,
        "start": timebase.seconds_of(source.first_frame),
        "duration": timebase.seconds_of(source.frames),
    }
    if source.has_video:
        attributes |= {"hasVideo": "1", "videoSources": "1", "format": FORMAT_ID}
    if source.channels:
        attributes |= {
            "hasAudio": "1",
            "audioSources": "1",
            "audioChannels": str(source.channels),
            "audioRate": str(source.sample_rate),
        }
    asset = ET.SubElement(resources, "asset", attributes)
    ET.SubElement(asset, "media-rep", kind="original-media", src=f"./{quote(source.filename)}")


def _add_marked_source(event: ET.Element, sheet: MarkerSheet) -> None:
    """Add the whole source with its moments marked, from which other edits can be made."""
    source = sheet.source
    clip = ET.SubElement(event, "asset-clip", _clip(source, source.filename, 0, source.frames))
    for one in sheet.events:
        start = source.timebase.seconds_of(source.first_frame + one.start)
        duration = source.timebase.seconds_of(one.frames)
        ET.SubElement(clip, "keyword", start=start, duration=duration, value=KEYWORD, note=one.title)
        frame = source.timebase.seconds_of(1)
        ET.SubElement(clip, "marker", start=start, duration=frame, value=one.title, note=one.note)


def _add_project(event: ET.Element, sheet: MarkerSheet) -> None:
    """Add a timeline of all moments without gaps."""
    source = sheet.source
    project = ET.SubElement(event, "project", name=f"{source.title} – {KEYWORD}")
    sequence = ET.SubElement(
        project,
        "sequence",
        format=FORMAT_ID,
        duration=source.timebase.seconds_of(sum(one.frames for one in sheet.events)),
        tcStart="0s",
        tcFormat=_timecode_format(source),
        audioLayout="mono" if source.channels == 1 else "stereo",
        audioRate="48k",
    )
    spine = ET.SubElement(sequence, "spine")
    offset = 0
    for one in sheet.events:
        spine.append(_moment_clip(source, one, offset))
        offset += one.frames


def _moment_clip(source: Source, one: Event, offset: int) -> ET.Element:
    attributes = _clip(source, one.title, one.start, one.frames)
    clip = ET.Element("asset-clip", attributes | {"offset": source.timebase.seconds_of(offset)})
    if one.note:
        ET.SubElement(clip, "note").text = one.note
    return clip


def _clip(source: Source, name: str, start: int, frames: int) -> dict[str, str]:
    timebase = source.timebase
    return {
        "ref": ASSET_ID,
        "name": name,
        "start": timebase.seconds_of(source.first_frame + start),
        "duration": timebase.seconds_of(frames),
        "format": FORMAT_ID,
        "tcFormat": _timecode_format(source),
    }


def _timecode_format(source: Source) -> str:
    return "DF" if source.timebase.is_drop else "NDF"
