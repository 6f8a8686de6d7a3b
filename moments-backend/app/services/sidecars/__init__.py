"""Sidecar objects: what only the table knows about a video, stored beside its original."""

from app.services.sidecars.document import build, parse, sidecar_path

__all__ = ["build", "parse", "sidecar_path"]
