"""Re-export of `GCSUploader` under its documented import path; other code imports `services.storage`."""

from app.services.storage.gcs_uploader import GCSUploader

__all__ = ["GCSUploader"]
