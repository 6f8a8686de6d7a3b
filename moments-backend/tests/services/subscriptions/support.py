"""Feeds of tests."""

from collections.abc import Iterable
from email.utils import formatdate
from xml.sax.saxutils import escape, quoteattr


def rss(items: Iterable[str], title: str = "Talks") -> bytes:
    """Return an RSS feed."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
        f"<channel><title>{escape(title)}</title>{''.join(items)}</channel></rss>"
    ).encode()


def item(
    url: str,
    title: str = "Talk",
    *,
    published: float | None = None,
    duration: str | None = None,
    kind: str | None = "video/mp4",
) -> str:
    """Return an item whose file, or whose page with `kind=None`, is at `url`."""
    parts = [f"<title>{escape(title)}</title>"]
    if published is not None:
        parts.append(f"<pubDate>{formatdate(published)}</pubDate>")
    if duration is not None:
        parts.append(f"<itunes:duration>{duration}</itunes:duration>")
    if kind is None:
        parts.append(f"<link>{escape(url)}</link>")
    else:
        parts.append(f'<enclosure url={quoteattr(url)} length="1" type="{kind}"/>')
    return f"<item>{''.join(parts)}</item>"
