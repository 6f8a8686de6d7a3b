"""Options and whole words of both remote transcribers."""

import pytest

from app.ai.transcription.base import AudioSource, Transcriber, TranscriptionOptions
from app.ai.transcription.openai_compatible import MAX_PROMPT_LENGTH, OpenAITranscriber, prompt_of
from tests.ai.transcription.conftest import LINK
from tests.ai.transcription.support.speech_server import Reply, SpeechServer

SEGMENT = {"text": "So it is.", "start": 0.5, "end": 1.5}


async def test_options_of_a_run_are_sent(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource
) -> None:
    server.script = [Reply.json({"text": "So it is.", "segments": [SEGMENT]})]
    options = TranscriptionOptions(language="nl", vocabulary=("Valkey", "Quellstadt"))

    transcript = await transcriber.transcribe(audio, options=options)

    assert (transcript.language, transcript.languages) == ("nl", ["nl"])
    request = server.requests[0]
    if isinstance(transcriber, OpenAITranscriber):
        assert transcript.source == "openai"
        assert request.form()["language"] == [b"nl"]
        assert request.form()["prompt"] == [b"Valkey, Quellstadt"]
    else:
        assert transcript.source == "http"
        assert request.json == {"audio_url": LINK, "language": "nl", "vocabulary": ["Valkey", "Quellstadt"]}


def test_long_vocabulary_is_cut_at_a_term() -> None:
    prompt = prompt_of([f"term{number}" for number in range(1000)])

    assert len(prompt) <= MAX_PROMPT_LENGTH
    assert prompt.startswith("term0, term1, ")
    assert prompt.split(", ")[-1] == f"term{prompt.count(',')}"
    assert prompt_of([]) == ""


@pytest.mark.parametrize(
    "words",
    [
        ["My", "mother", "in", "law", "paid", "3", "000"],
        [" My", " mother", "-in", "-law", " paid", " $", "3", ",000."],
        ["My", "mother", "-in", "-law", "paid", "$", "3", ",000."],
    ],
    ids=["without punctuation", "with spaces", "pieces"],
)
async def test_words_of_servers_are_whole(
    transcriber: Transcriber, server: SpeechServer, audio: AudioSource, words: list[str]
) -> None:
    text = "My mother-in-law paid $3,000."
    timed = [{"word": word, "start": n / 4, "end": n / 4 + 0.25} for n, word in enumerate(words)]
    segment = {"text": text, "start": 0, "end": 2, "avg_logprob": -0.25}
    server.script = [Reply.json({"text": text, "words": timed, "segments": [segment]})]

    transcript = await transcriber.transcribe(audio)

    assert [word.word for word in transcript.word_timestamps] == text.split()
    assert transcript.segment_timestamps[0].confidence == pytest.approx(0.779)
