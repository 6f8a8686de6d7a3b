"""Sidecar objects: the table's content about a video, stored in the bucket beside its original."""

from app.services.sidecars.document import build, parse, sidecar_path

__all__ = ["build", "parse", "sidecar_path"]
