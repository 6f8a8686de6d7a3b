"""Appends received bytes to the file of an upload."""

from app.core.exceptions import UploadNotFoundError
from app.core.files.partial import AppendWriter


class UploadWriter(AppendWriter):
    """Open while the upload's lock is held. After a failed write the file's size is the offset."""

    def _open(self) -> int:
        try:
            return super()._open()
        except FileNotFoundError:
            raise UploadNotFoundError(self.path.parent.name) from None
