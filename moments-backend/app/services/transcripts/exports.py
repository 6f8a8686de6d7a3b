"""Transcripts as plain text and JSON; `captions.py` has the formats of captions."""

from app.ai.sentences import SENTENCE_END, split_sentences
from app.ai.transcription.words import WITHOUT_SPACES
from app.models.transcript import Transcript
from app.models.transcript_edit import TranscriptRead

PARAGRAPH_PAUSE_SECONDS = 1.5
LONG_PARAGRAPH_CHARACTERS = 600
"""Longer paragraphs end at the next short pause between sentences."""

SHORT_PAUSE_SECONDS = 0.4
MAX_PARAGRAPH_CHARACTERS = 1500
"""Longer paragraphs end at the next sentence: some speakers never pause."""


def to_txt(transcript: Transcript) -> str:
    """Return the text in paragraphs, which end at pauses between sentences."""
    sentences = split_sentences(transcript)
    space = "" if transcript.language in WITHOUT_SPACES else " "
    paragraphs: list[str] = []
    paragraph = ""
    for index, sentence in enumerate(sentences):
        paragraph = f"{paragraph}{space}{sentence.text}" if paragraph else sentence.text
        is_last = index + 1 == len(sentences)
        if is_last or _ends_paragraph(paragraph, sentences[index + 1].start - sentence.end):
            paragraphs.append(f"{paragraph}\n")
            paragraph = ""
    return "\n".join(paragraphs)


def to_json(transcript: Transcript) -> str:
    """Return the transcript as the API shows it."""
    return f"{TranscriptRead.of(transcript).model_dump_json(indent=2)}\n"


def _ends_paragraph(text: str, pause: float) -> bool:
    if pause >= PARAGRAPH_PAUSE_SECONDS:
        return True
    if not SENTENCE_END.search(text):
        return False
    return (len(text) >= LONG_PARAGRAPH_CHARACTERS and pause >= SHORT_PAUSE_SECONDS) or (
        len(text) >= MAX_PARAGRAPH_CHARACTERS
    )
