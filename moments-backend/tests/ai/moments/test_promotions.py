"""Advertisements, introductions and farewells are found, and no moment contains them."""

import numpy as np
import pytest

from app.ai.moments.extractive.choice import ranges_outside
from app.ai.moments.extractive.engine import ExtractiveEngine
from app.ai.moments.extractive.features import SentenceFeatures
from app.ai.moments.extractive.promotion_cues import DIRECTORY, find_evidence, phrase_groups, read_groups
from app.ai.moments.extractive.promotions import Promotion, find_promotions
from app.ai.sentences import split_sentences
from app.models.generation_options import GenerationOptions
from app.models.transcript import Transcript
from evaluation.marked_talks import MarkedTalk, load_marked_talks
from tests.ai.moments.support.transcripts import spoken

TALKS = {talk.id: talk for talk in load_marked_talks()}
STORY = [
    "The harbour froze in the winter of that year.",
    "Men walked across the ice with lanterns in their hands.",
    "Nobody remembered such a cold night in the old town.",
    "A child found a boat that the ice had crushed.",
    "The captain had left it there in the autumn.",
    "Its mast stuck out of the snow like a finger.",
    "In spring they pulled it to the beach and burned it.",
    "The nails are still in the sand today.",
]


def features_of(transcript: Transcript) -> SentenceFeatures:
    """Return features whose vectors distinguish nothing, so that only phrases count."""
    sentences = split_sentences(transcript)
    return SentenceFeatures(sentences, np.zeros((len(sentences), 4), dtype=np.float32))


def found_in(*sentences: str, language: str = "en") -> list[tuple[int, int, str]]:
    found = find_promotions(features_of(spoken(*sentences)), language)
    return [(item.first, item.last, item.kind) for item in found]


def test_plain_speech_has_no_promotion() -> None:
    assert found_in(*STORY * 3) == []


@pytest.mark.parametrize(
    "advertisement",
    [
        ["This episode is brought to you by Fernwood.", "Use the promo code ICE at checkout."],
        ["Our friends at Fernwood sent me a lamp.", "Go to fernwood.com slash ice for ten percent off."],
        ["If you like this, support the show on Patreon.", "Leave us a five star review and subscribe."],
    ],
)
def test_advertisements_in_the_middle_are_found(advertisement: list[str]) -> None:
    assert found_in(*STORY, *STORY, *advertisement, *STORY, *STORY) == [(16, 17, "advertisement")]


GREETINGS = {
    "en": "Hello and welcome back to the podcast. My guest today is Ada. Thanks for listening. Bye.",
    "de": "Hallo und herzlich willkommen. Zu Gast ist heute Ada. Danke fürs Zuhören. Tschüss.",
    "es": "Hola y bienvenidos. Mi invitada de hoy es Ada. Gracias por escuchar. Hasta la próxima.",
    "fr": "Bonjour et bienvenue. Mon invitée est Ada. Merci d'avoir écouté. À bientôt.",
    "it": "Ciao e benvenuti. La mia ospite è Ada. Grazie per l'ascolto. Alla prossima.",
}


@pytest.mark.parametrize("language", sorted(GREETINGS))
def test_greetings_and_farewells_are_found(language: str) -> None:
    welcome, guest, thanks, bye = GREETINGS[language].split(". ")
    found = found_in(f"{welcome}.", f"{guest}.", *STORY * 3, f"{thanks}.", bye, language=language)
    assert found == [(0, 1, "introduction"), (26, 27, "farewell")]


def test_unknown_languages_have_general_phrases() -> None:
    assert phrase_groups("fi") == phrase_groups("xx")
    assert phrase_groups("en-GB") == phrase_groups("und") == phrase_groups(None)
    assert find_evidence("Katso www.esimerkki.com!", phrase_groups("fi"))[0] > 0
    assert find_evidence("Talvi tuli.", phrase_groups("fi")) == [0, 0, 0]


@pytest.mark.parametrize("text", ["-" * 100_000, "a-" * 50_000, "co. " * 25_000])
def test_long_texts_take_linear_time(text: str) -> None:
    # Backtracking from each hyphen would take minutes.
    assert find_evidence(text, phrase_groups("en")) == [0, 0, 0]


@pytest.mark.parametrize("file", sorted(DIRECTORY.glob("*.txt")), ids=lambda file: file.stem)
def test_phrases_match_no_empty_text(file: object) -> None:
    for group in read_groups(DIRECTORY / str(file)):
        assert not group.pattern.search("")
        assert group.weight > 0


def test_ranges_lie_outside_of_passages() -> None:
    passages = [Promotion(0, 1, "introduction"), Promotion(4, 6, "advertisement")]
    assert ranges_outside(passages, 9) == [(2, 3), (7, 8)]
    assert ranges_outside([Promotion(0, 8, "farewell")], 9) == []
    assert ranges_outside([], 9) == [(0, 8)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a03-five-second-payment", "b01-dying-in-dundee", "d09-morning-brief"])
async def test_no_moment_is_promotional(extractive: ExtractiveEngine, name: str) -> None:
    talk: MarkedTalk = TALKS[name]
    found = await extractive.find(talk.transcript, GenerationOptions())
    assert found.moments
    assert not [moment for moment in found.moments if talk.is_marked(moment.start_time, moment.end_time)]


@pytest.mark.slow
async def test_promotion_counts_if_nothing_else_fits(extractive: ExtractiveEngine) -> None:
    """The user asked for a moment of a commercial: better this one than none."""
    commercial = spoken(
        *["This video is sponsored by Fernwood, use the promo code ICE at checkout for ten percent off."] * 4
    )
    assert len((await extractive.find(commercial, GenerationOptions(min_moments=1))).moments) == 1
