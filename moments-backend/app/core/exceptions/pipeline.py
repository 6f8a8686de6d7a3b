from app.core.exceptions.base import ConflictError, LimitReachedError, NotFoundError, VideoMomentsError


class RunNotFoundError(NotFoundError):
    type, title = "no-run", "Run not found"

    def __init__(self, video_id: str, kind: str = "moments") -> None:
        if kind == "playback":
            super().__init__(
                f"no playback copy of {video_id!r} has been requested",
                remedy=f"request it with `videomoments playback` or POST /api/videos/{video_id}/playback",
            )
            return
        super().__init__(
            f"the pipeline has not run for {video_id!r}", remedy="start it with POST /api/generate_moments"
        )


class RunInProgressError(ConflictError):
    """A video has at most one active run."""

    type, title, retryable = "run-in-progress", "A run is already in progress", True

    def __init__(self, video_id: str, request_id: str) -> None:
        super().__init__(
            f"run {request_id} of {video_id!r} has not finished yet", remedy="wait for it, or cancel it"
        )
        self.video_id = video_id
        self.request_id = request_id


class RunStateError(ConflictError):
    type, title = "run-state", "The run's state does not allow this"


class LinkRegisteredError(ConflictError):
    """Another run has registered the link under another id since this one was queued."""

    type, title = "link-registered", "This link is in the library already"

    def __init__(self, video_id: str) -> None:
        super().__init__(
            f"this link was registered as {video_id!r} in the meantime",
            remedy="start the pipeline for that video",
        )
        self.video_id = video_id


class PlaybackNotReadyError(ConflictError):
    """Browsers cannot play the original, and its playback copy does not exist yet."""

    type, title, retryable, retry_after = "not-ready", "The playback copy is not ready", True, 5


class PlaybackCopiesOffError(ConflictError):
    type, title = "playback-copies-off", "Playback copies are turned off"

    def __init__(self, video_id: str) -> None:
        super().__init__(
            f"no playback copy of {video_id!r} is made while PLAYBACK_COPIES=off",
            remedy="set PLAYBACK_COPIES to auto or on_demand, and restart the servers",
        )


class OriginalReplacedError(ConflictError):
    type, title = "original-replaced", "The original was replaced"

    def __init__(self, video_id: str) -> None:
        super().__init__(
            f"the original of {video_id!r} was replaced while its playback copy was made",
            remedy="retry the run",
        )


class QueueFullError(LimitReachedError):
    type, title, retry_after = "queue-full", "The queue of runs is full", 60

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"{limit} runs are queued or active, and no more are accepted",
            remedy="wait until some have finished, cancel some, or raise PIPELINE_MAX_QUEUED",
        )


class TooManyStreamsError(LimitReachedError):
    type, title, retry_after = "too-many-streams", "Too many event streams", 10

    def __init__(self, limit: int, client: str) -> None:
        super().__init__(
            f"{client} has {limit} open event streams, the most that one address may have",
            remedy="close other pages of this library, or raise EVENT_STREAMS_PER_CLIENT",
        )


class StreamsExhaustedError(VideoMomentsError):
    type, title, retryable, retry_after = "streams-exhausted", "No free event stream", True, 10

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"the server has {limit} open event streams and accepts no more",
            remedy="retry later, or raise EVENT_STREAMS_MAX",
        )


class StageError(VideoMomentsError):
    type, title, retryable = "stage", "A pipeline stage failed", True


class StageTimeoutError(StageError):
    type, title = "stage-timeout", "A pipeline stage timed out"

    def __init__(self, stage: str, seconds: float) -> None:
        super().__init__(
            f"{stage} was stopped after {seconds:g} s",
            remedy="retry; if it happens again, use a faster machine or a smaller model",
        )


class ClipsFailedError(StageError):
    """Some clips could not be cut or uploaded; the others exist."""

    type, title = "clips-failed", "Some clips failed"


class RunOwnershipLostError(StageError):
    """Another worker took the run over, so this worker's results were not recorded."""

    type, title = "lost-run", "Another worker took the run over"


class RunAbandonedError(StageError):
    """The run's workers died repeatedly."""

    type, title = "run-abandoned", "Run abandoned"


class LiveStatusError(VideoMomentsError):
    type, title, retryable = "live-status", "Redis unavailable", True
