"""Language and vocabulary of a transcription, compared with those of the existing transcript.

The choices of the existing transcript are kept in `videos.media`.
"""

from dataclasses import dataclass
from typing import Any, Self

from app.ai.transcription.base import TranscriptionOptions
from app.core.config import Settings
from app.database.models import Video
from app.models.media_info import MediaInfo
from app.models.pipeline import DETECT_LANGUAGE
from app.models.transcript import Transcript
from app.models.vocabulary import merge_terms
from app.services.pipeline.run_context import RunContext
from app.services.transcripts import vocabulary


@dataclass(frozen=True, slots=True)
class TranscriptionChoices:
    """Choices of a run and of its video.

    Attributes:
        language: code of the spoken language; None: the setting, or else detected.
        is_detection_requested: the run asked to detect the language, whatever the video's is set to.
        vocabulary: terms of the run.
    """

    language: str | None
    is_detection_requested: bool
    vocabulary: tuple[str, ...]

    @classmethod
    def of(cls, run: RunContext, video: Video | None) -> Self:
        options = run.state.options
        is_detection_requested = options.language == DETECT_LANGUAGE
        language = None if is_detection_requested else options.language or (video.language if video else None)
        return cls(language, is_detection_requested, tuple(options.vocabulary))

    async def to_options(self, settings: Settings) -> TranscriptionOptions:
        """Return the options of the transcriber, with the vocabulary of the library."""
        library = await vocabulary.load(settings)
        terms = merge_terms([*self.vocabulary, *library.terms, *library.settings_terms])
        return TranscriptionOptions(language=self.language, vocabulary=tuple(terms))

    def differ_from(self, transcript: Transcript, media: MediaInfo) -> bool:
        """Return whether the existing transcript was made with another language or without the terms."""
        if self.is_detection_requested:
            is_other_language = media.transcript_language is not None
        else:
            is_other_language = (
                self.language is not None
                and self.language != media.transcript_language
                and [self.language] != (transcript.languages or [transcript.language])
            )
        known = {term.casefold() for term in media.transcript_vocabulary}
        return is_other_language or any(term.casefold() not in known for term in self.vocabulary)

    def to_media(self) -> dict[str, Any]:
        """Return the fields of `videos.media` that record the choices."""
        return {"transcript_language": self.language, "transcript_vocabulary": list(self.vocabulary)}
