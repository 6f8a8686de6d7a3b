"""Downloads of videos from web servers, buckets and video sites.

`download` is the public interface; it selects `http`, `gcs` or `yt_dlp`. `ssrf_guard` decides which addresses
may be reached, and `pinned_transport` connects only to those.
"""

from app.services.downloads.dispatcher import download

__all__ = ["download"]
