"""Language of a text, by its script or its most common words."""

import re
import unicodedata
from collections import Counter

SAMPLE_CHARACTERS = 20_000
MIN_WORDS = 8
"""Shorter texts do not contain enough common words."""

MIN_SHARE = 0.12
"""Least share of common words in a text of the language."""

MIN_LEAD = 1.3
"""Least ratio to the second language: related languages share many common words."""

_COMMON = {
    "en": "the and of to a in is that it was for you he she with as this be have are not but they at what we",
    "de": "der die das und ist in ich nicht ein eine den von zu mit sich auf für im es auch wir sie an",
    "fr": "le la les de des et un une est que qui ne pas à il elle je dans en du au pour nous vous ce sur on",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más pero muy está hay",
    "it": "di che è e la il un a per in una mi sono ho ma lo ha le si ti i con come da ci non questo",
    "pt": "de a o que e do da em um para é com não uma os no na por mais as dos como mas foi ao ele tem isso",
    "nl": "de het een van en ik dat die in is niet zijn op aan met als voor maar er hij ze wat dan ook om te",
    "sv": "och det att i en jag hon som han på den med var för så är men ett om av icke inte vi till har när",
    "pl": "i w nie na się z do to że jest jak ale po co tak za od by już jego czy który przez dla są ma tym",
    "tr": "bir ve bu da de için ne ben o çok var mi ama gibi daha sen en kadar olarak değil ya ile sonra her",
}
"""Frequent words of languages in the Latin script."""

_COMMON_SETS = {code: frozenset(words.split()) for code, words in _COMMON.items()}
_SCRIPTS = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "HEBREW": "he",
    "ARABIC": "ar",
    "THAI": "th",
    "DEVANAGARI": "hi",
}
"""The most frequent language of scripts; Ukrainian and Bulgarian have letters of their own."""
RECOGNISED_LANGUAGES = frozenset(_COMMON) | frozenset(_SCRIPTS.values())
"""A text in one of these languages is not taken for another one."""
_UKRAINIAN = frozenset("іїєґ")
_JAPANESE_SHARE = 0.05
_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of the text's language; None if it is not clear."""
    sample = unicodedata.normalize("NFC", text[:SAMPLE_CHARACTERS]).casefold()
    letters = [character for character in sample if character.isalpha()]
    scripts = Counter(unicodedata.name(character, "").partition(" ")[0] for character in letters)
    if not scripts:
        return None
    script, _ = scripts.most_common(1)[0]
    kana = scripts["HIRAGANA"] + scripts["KATAKANA"]
    if script.startswith("CJK") and kana > _JAPANESE_SHARE * len(letters):
        return "ja"
    if script == "CYRILLIC" and _UKRAINIAN & set(letters):
        return "uk"
    if script != "LATIN":
        return _SCRIPTS.get(script)
    return _by_common_words(_WORD.findall(sample))


def _by_common_words(words: list[str]) -> str | None:
    if len(words) < MIN_WORDS:
        return None
    counts = {code: sum(word in common for word in words) for code, common in _COMMON_SETS.items()}
    (best, count), (_, second) = Counter(counts).most_common(2)
    is_clear = count >= MIN_SHARE * len(words) and count >= MIN_LEAD * second
    return best if is_clear else None
