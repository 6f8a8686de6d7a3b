"""Repair of transcripts by earlier versions, whose words were split at punctuation: `mother -in -law`."""

from app.ai.transcription.words import UNSPACED, WITHOUT_SPACES, match_tokens
from app.models.transcript import Transcript, Word


def repair(transcript: Transcript) -> Transcript:
    """Join the words that the segments write as one; return the same object if all are whole.

    The segments were always right, because their text was never split into words.
    """
    if transcript.language in WITHOUT_SPACES or not transcript.word_timestamps:
        return transcript
    tokens = [token for segment in transcript.segment_timestamps for token in segment.text.split()]
    if tokens == [word.word for word in transcript.word_timestamps]:
        return transcript
    words: list[Word] = []
    for group in match_tokens(transcript.word_timestamps, tokens):
        is_split = len(group.words) > 1 and len(group.tokens) == 1
        if is_split and not UNSPACED.search(group.tokens[0]):
            words.append(group.joined)
        else:
            words.extend(group.words)
    if len(words) == len(transcript.word_timestamps):
        return transcript
    return transcript.model_copy(update={"word_timestamps": words})
