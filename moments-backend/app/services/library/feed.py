"""RSS feed of videos with podcast tags.

RSS 2.0: https://www.rssboard.org/rss-specification; the tags of podcasts:
https://help.apple.com/itc/podcasts_connect/#/itcb54353390
"""

import re
from collections.abc import Container, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from app.core.files.content_types import content_type_for
from app.repositories.feed_query import FeedFields
from app.repositories.video_list_query import VideoRow
from app.services.library.titles import title_from

MEDIA_TYPE = "application/rss+xml"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
ATOM = "http://www.w3.org/2005/Atom"
MAX_DESCRIPTION = 4000
"""Characters; the limit of podcast directories."""

_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot contain, not even escaped."""

register_namespace("itunes", ITUNES)
register_namespace("atom", ATOM)


class FeedAddresses(NamedTuple):
    """Address of this server for clients, without a slash at the end."""

    site: str
    """Address of the web app, such as `https://videos.example.org`."""
    feed: str
    """Address of this feed."""


def make_feed(
    title: str,
    rows: Sequence[VideoRow],
    fields: dict[int, FeedFields],
    thumbnails: Container[str],
    addresses: FeedAddresses,
) -> bytes:
    """Return the feed. Its bytes depend only on the arguments, so that its digest is an ETag.

    Args:
        fields: further columns by `videos.id`; a video without them was deleted meanwhile and is left out.
        thumbnails: identifiers of the videos with a thumbnail.
    """
    rss = Element("rss", {"version": "2.0"})
    channel = SubElement(rss, "channel")
    _add(channel, "title", title)
    _add(channel, "link", f"{addresses.site}/")
    _add(channel, "description", f"{title}: videos of this library.")
    _add(channel, "generator", "VideoMoments")
    if rows:
        _add(channel, "lastBuildDate", _date(max(row.created_at for row in rows)))
    SubElement(
        channel, f"{{{ATOM}}}link", {"rel": "self", "type": MEDIA_TYPE, "href": _valid(addresses.feed)}
    )
    _add(channel, f"{{{ITUNES}}}block", "Yes")  # private: not for directories
    _add(channel, f"{{{ITUNES}}}explicit", "false")
    for row in rows:
        if row.id in fields:
            item = _add_item(channel, row, fields[row.id], addresses.site)
            if row.identifier in thumbnails:
                # Below /api/feed/, where apps may use the password of the feed.
                image = f"{addresses.site}/api/feed/{quote(row.identifier, safe='')}/thumbnail.jpg"
                SubElement(item, f"{{{ITUNES}}}image", {"href": _valid(image)})
    document: bytes = tostring(rss, encoding="utf-8", xml_declaration=True)
    return document


def _add_item(channel: Element, row: VideoRow, fields: FeedFields, site: str) -> Element:
    item = SubElement(channel, "item")
    segment = quote(row.identifier, safe="")
    _add(item, "title", row.title or title_from(row.identifier))
    _add(item, "link", f"{site}/watch/{segment}")
    _add(item, "pubDate", _date(row.created_at))
    guid = _add(item, "guid", f"videomoments:{row.id}:{row.identifier}")
    guid.set("isPermaLink", "false")
    if fields.description:
        _add(item, "description", fields.description[:MAX_DESCRIPTION])
    if row.channel:
        _add(item, f"{{{ITUNES}}}author", row.channel)
    if row.duration_seconds is not None:
        _add(item, f"{{{ITUNES}}}duration", str(round(row.duration_seconds)))
    for tag in row.tags:
        _add(item, "category", tag)
    original = PurePosixPath(row.cloud_url.rpartition("/")[2])
    name = original.with_suffix(".mp4").name if fields.has_copy else original.name
    enclosure = {
        "url": f"{site}/api/feed/{segment}/{quote(name, safe='')}",
        # 0 means unknown.
        "length": str((fields.copy_bytes if fields.has_copy else row.size_bytes) or 0),
        "type": content_type_for(name),
    }
    SubElement(item, "enclosure", {key: _valid(value) for key, value in enclosure.items()})
    return item


def _add(parent: Element, tag: str, text: str) -> Element:
    element = SubElement(parent, tag)
    element.text = _valid(text)
    return element


def _valid(text: str) -> str:
    return _INVALID.sub(" ", text)


def _date(created_at: datetime) -> str:
    return format_datetime(created_at.replace(tzinfo=UTC), usegmt=True)
