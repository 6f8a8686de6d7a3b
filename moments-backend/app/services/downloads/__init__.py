"""Brings a video from elsewhere to this machine: plain files, objects in buckets, and sites.

`download` is what others use. `guard` says which addresses may be reached, `transport` connects to those
alone; `http`, `gs` and `site` are the three ways, `part` the file that grows meanwhile.
"""

from app.services.downloads.dispatcher import download

__all__ = ["download"]
