"""Languages of a recording: windows, stretches, and detection of real speech."""

from pathlib import Path

import pytest

from app.ai.transcription.base import TranscriptionOptions
from app.ai.transcription.language_detection import (
    LanguageDetector,
    LanguageMap,
    Window,
    speech_windows,
)
from app.ai.transcription.vad import Span
from app.ai.transcription.whisper import Whisper
from tests.ai.transcription.support.audio import audio_at, normalized_words, synthesize

SPOKEN = {
    "en": ("en-us", "Most people who live by the sea know when the tide will turn."),
    "de": ("de", "Wenn Sonne und Mond in einer Linie stehen, ist die Flut besonders hoch."),
    "fr": ("fr", "La lune attire l'eau vers le haut et la laisse retomber."),
    "es": ("es", "La luna atrae el agua hacia arriba y la deja caer de nuevo."),
    "it": ("it", "La luna attira l'acqua verso l'alto e la lascia cadere di nuovo."),
}
FOLLOWING = {
    "en": "When they stand at a right angle, the tides are low, and the harbour is calm.",
    "de": "Fischer benutzen seit vielen Jahren Tabellen der Gezeiten, und heute hilft ein Computer.",
    "fr": "Quand le soleil et la lune sont alignés, les marées sont hautes, et le port est calme.",
    "es": "Cuando el sol y la luna están en una línea, las mareas son altas, y el puerto está tranquilo.",
    "it": "Quando il sole e la luna sono in linea, le maree sono alte, e il porto è calmo.",
}


def test_windows_end_at_pauses() -> None:
    windows = speech_windows([(0, 7.5), (8.5, 12), (12.1, 16), (16.8, 50)])

    assert windows[0].spans == ((0, 7.5),)
    assert windows[1].spans == ((8.5, 16),)
    assert sum(window.seconds for window in windows) == pytest.approx(48.2)
    assert all(7 <= window.seconds <= 22 for window in windows)
    assert speech_windows([]) == []


def test_spans_are_divided_by_language() -> None:
    languages = LanguageMap(((0.0, "en"), (10.0, "de")))

    assert languages.divided([(1, 4), (8, 12)]) == [((1, 4), "en"), ((8, 10), "en"), ((10, 12), "de")]
    assert languages.is_mixed
    assert not LanguageMap.single("en").is_mixed


class ScriptedDetector(LanguageDetector):
    """Detector with given probabilities of English; the others are German."""

    def __init__(self, english: list[float]) -> None:
        self.english = english
        self.examined: list[float] = []

    def _probabilities(
        self, window: Window, among: set[str] | None = None, *, by_text: bool = False
    ) -> dict[str, float]:
        self.examined.append(window.start)
        chance = self.english[int(window.start / 10)]
        return {"en": chance, "de": 1 - chance}


def voice(count: int) -> list[Span]:
    return [(10.0 * number, 10.0 * number + 8) for number in range(count)]


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ([0.95] * 30, ((0.0, "en"),)),
        ([0.95] * 15 + [0.1] * 15, ((0.0, "en"), (150.0, "de"))),
        ([0.6] * 10 + [0.95] * 20, ((0.0, "en"),)),
        ([0.95] * 4 + [0.4] + [0.95] * 2 + [0.02] * 3, ((0.0, "en"), (70.0, "de"))),
    ],
    ids=["English", "halves", "uncertain", "one weak window"],
)
def test_stretches_of_languages(english: list[float], expected: tuple[tuple[float, str], ...]) -> None:
    detector = ScriptedDetector(english)

    languages = detector.detect(voice(len(english)))

    assert languages == LanguageMap(expected)


def test_few_windows_of_one_language_are_examined() -> None:
    detector = ScriptedDetector([0.95] * 300)

    detector.detect(voice(300))

    assert len(detector.examined) == 3
    assert max(detector.examined) > 2000, "not only the beginning"


@pytest.mark.slow
@pytest.mark.parametrize(
    "language",
    [
        "en",
        "es",
        "it",
        *(
            pytest.param(name, marks=pytest.mark.xfail(reason="eSpeak's voice is hardly understood"))
            for name in ("de", "fr")
        ),
    ],
)
async def test_ten_seconds_are_enough(whisper: Whisper, tmp_path: Path, language: str) -> None:
    speaker, sentence = SPOKEN[language]
    spoken = synthesize((sentence, FOLLOWING[language]), pause=0.4, voice=speaker)
    assert spoken.seconds < 13

    transcript = await whisper.transcribe(audio_at(spoken.write(tmp_path / "speech.wav")))

    assert (transcript.language, transcript.languages) == (language, [language])
    expected = set(normalized_words(f"{sentence} {FOLLOWING[language]}"))
    assert len(expected & set(normalized_words(transcript.text))) > len(expected) / 3


@pytest.mark.slow
@pytest.mark.parametrize("sentence", ["The tide comes in twice a day.", "Thank you very much."])
async def test_brief_english_is_understood(whisper: Whisper, tmp_path: Path, sentence: str) -> None:
    spoken = synthesize((sentence,), pause=0.5)
    transcript = await whisper.transcribe(audio_at(spoken.write(tmp_path / "speech.wav")))
    assert transcript.language == "en"
    expected = set(normalized_words(sentence))
    assert len(expected & set(normalized_words(transcript.text))) >= len(expected) / 2


@pytest.mark.slow
async def test_mixed_video_has_all_its_languages(whisper: Whisper, tmp_path: Path) -> None:
    english = synthesize((SPOKEN["en"][1], FOLLOWING["en"]), pause=0.8)
    spanish = synthesize((SPOKEN["es"][1], FOLLOWING["es"]), pause=0.8, voice="es")
    both = english + spanish

    transcript = await whisper.transcribe(audio_at(both.write(tmp_path / "speech.wav")))

    assert set(transcript.languages) == {"en", "es"}
    for part in transcript.segment_timestamps:
        spoken = "en" if (part.start + part.end) / 2 < english.seconds else "es"
        assert (part.language or transcript.language) == spoken


@pytest.mark.slow
async def test_given_language_is_not_detected(whisper: Whisper, tmp_path: Path) -> None:
    speaker, sentence = SPOKEN["it"]
    path = synthesize((sentence,), voice=speaker).write(tmp_path / "speech.wav")

    transcript = await whisper.transcribe(audio_at(path), options=TranscriptionOptions(language="es-MX"))

    assert (transcript.language, transcript.languages) == ("es", ["es"])
