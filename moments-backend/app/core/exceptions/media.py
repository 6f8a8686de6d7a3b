from app.core.exceptions.base import VideoMomentsError


class MediaError(VideoMomentsError):
    """The file itself cannot be used as a video."""

    type, title, status = "unusable-media", "Unusable file", 422


class EmptyFileError(MediaError):
    type, title = "empty-file", "Empty file"
    default_remedy = "replace it with a complete copy, or remove it"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is empty (0 bytes)")


class NotAVideoError(MediaError):
    type, title = "not-a-video", "Not a video file"
    default_remedy = "replace it with a video, or remove it"


class TruncatedFileError(NotAVideoError):
    """The container declares more bytes than the file has."""

    type, title = "truncated-file", "Truncated file"

    def __init__(self, name: str, size: int, expected: int) -> None:
        super().__init__(
            f"{name} is truncated: {size} of {expected} bytes",
            remedy="replace it with a complete copy, or wait if it is still being copied",
        )


class UnusableNameError(MediaError):
    type, title = "unusable-name", "Unusable file name"
    default_remedy = "rename the file"


class MediaLimitError(MediaError):
    """The file needs more pixels, memory or disk space than the limits allow."""

    type, title = "media-limit", "Media limit exceeded"
    default_remedy = "replace it with a copy of lower resolution"


class OutputLimitError(MediaLimitError):
    """The output of a conversion would exceed the size expected from its source."""

    type, title = "media-output-limit", "Output limit exceeded"


class NoAudioError(MediaError):
    """The video has no audio stream, or an empty one."""

    type, title = "no-sound", "No audio"
    default_remedy = "use a video with audio"


class CaptionsNotBurnableError(MediaError):
    """The bundled fonts lack letters of the captions."""

    type, title = "captions-not-burnable", "Captions cannot be burned in"

    def __init__(self, script: str, word: str) -> None:
        super().__init__(
            f"the captions contain {script} ({word[:40]}), which the bundled fonts lack",
            remedy="export captions as a sidecar file, or correct the transcript if the text is wrong",
        )


class FFmpegError(VideoMomentsError):
    """FFmpeg or ffprobe crashed, was killed or lost its connection; the file may be fine."""

    type, title, retryable = "media-tool", "FFmpeg or ffprobe failed", True


class FFmpegTimeoutError(FFmpegError):
    type, title = "media-tool-timeout", "FFmpeg or ffprobe timed out"

    def __init__(
        self,
        program: str,
        seconds: float,
        *,
        remedy: str = "try again; raise FFPROBE_TIMEOUT_SECONDS if the disk is slow",
    ) -> None:
        super().__init__(f"{program} was stopped after {seconds:g} s", remedy=remedy)
