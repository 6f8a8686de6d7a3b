"""Codes of languages, and their English names, which OpenAI's servers return."""

_CODES = """
af afrikaans, am amharic, ar arabic, as assamese, az azerbaijani, ba bashkir, be belarusian,
bg bulgarian, bn bengali, bo tibetan, br breton, bs bosnian, ca catalan, cs czech, cy welsh, da danish,
de german, el greek, en english, es spanish, et estonian, eu basque, fa persian, fi finnish, fo faroese,
fr french, gl galician, gu gujarati, ha hausa, haw hawaiian, he hebrew, hi hindi, hr croatian,
ht haitian creole, hu hungarian, hy armenian, id indonesian, is icelandic, it italian, ja japanese,
jv javanese, ka georgian, kk kazakh, km khmer, kn kannada, ko korean, la latin, lb luxembourgish,
ln lingala, lo lao, lt lithuanian, lv latvian, mg malagasy, mi maori, mk macedonian, ml malayalam,
mn mongolian, mr marathi, ms malay, mt maltese, my burmese, my myanmar, ne nepali, nl dutch, nn nynorsk,
no norwegian, oc occitan, pa punjabi, pl polish, ps pashto, pt portuguese, ro romanian, ru russian,
sa sanskrit, sd sindhi, si sinhala, sk slovak, sl slovenian, sn shona, so somali, sq albanian,
sr serbian, su sundanese, sv swedish, sw swahili, ta tamil, te telugu, tg tajik, th thai, tk turkmen,
tl tagalog, tr turkish, tt tatar, uk ukrainian, ur urdu, uz uzbek, vi vietnamese, yi yiddish, yo yoruba,
yue cantonese, zh chinese, zh mandarin
"""
"""ISO 639-1 codes, otherwise ISO 639-3, of the languages that Whisper supports."""

_THREE_LETTERS = """
afr af, ara ar, bul bg, cat ca, ces cs, cze cs, dan da, deu de, ger de, ell el, gre el, eng en, est
et, eus eu, baq eu, fas fa, per fa, fin fi, fra fr, fre fr, gle ga, glg gl, heb he, hin hi, hrv hr,
hun hu, hye hy, arm hy, ind id, isl is, ice is, ita it, jpn ja, kat ka, geo ka, kor ko, lat la, lav
lv, lit lt, mkd mk, mac mk, msa ms, may ms, nld nl, dut nl, nor no, nob no, nno nn, pol pl, por pt,
ron ro, rum ro, rus ru, slk sk, slo sk, slv sl, spa es, sqi sq, alb sq, srp sr, swe sv, tam ta, tel
te, tha th, tur tr, ukr uk, urd ur, vie vi, cym cy, wel cy, zho zh, chi zh
"""
"""ISO 639-2 codes, which media files use, and the ISO 639-1 codes of the same languages."""

_CODE_OF_NAME = {
    name: code
    for code, _, name in (pair.strip().partition(" ") for pair in _CODES.replace("\n", " ").split(","))
}
SPOKEN_LANGUAGES = frozenset(_CODE_OF_NAME.values())
"""Codes of the languages that Whisper supports."""
_SHORT_CODES = {
    long: short
    for long, _, short in (
        pair.strip().partition(" ") for pair in _THREE_LETTERS.replace("\n", " ").split(",")
    )
}
_KNOWN_CODES = SPOKEN_LANGUAGES | frozenset(_SHORT_CODES.values())
_LONGEST_CODE = 3
_NO_LANGUAGE = frozenset({"mis", "mul", "und", "zxx"})
"""ISO 639-2 codes that name no language."""


def language_code(language: str | None) -> str | None:
    """Return `en` for `English`, `en-US`, `EN` and `eng`; None for neither a code nor a known name."""
    name = (language or "").strip().lower()
    if name in _CODE_OF_NAME:
        return _CODE_OF_NAME[name]
    code = name.replace("_", "-").partition("-")[0]
    if code in _NO_LANGUAGE or not code.isalpha() or not 1 < len(code) <= _LONGEST_CODE:
        return None
    return _SHORT_CODES.get(code, code)


def known_language(tag: str) -> str | None:
    """Return the code of a language tag or name, as in file names; None for any other text."""
    code = language_code(tag)
    return code if code in _KNOWN_CODES else None


def spoken_language(language: str) -> str:
    """Return the code of a language that can be recognised; `en` for `English`, `en-US` and `eng`.

    Raises:
        ValueError: it is unknown, or Whisper does not support it.
    """
    code = language_code(language)
    if code not in SPOKEN_LANGUAGES:
        raise ValueError(f"must be a code such as en or de, not {language[:20]!r}")
    return code
