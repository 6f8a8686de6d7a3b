"""English cue phrases of important passages, and markers of sentences that depend on the previous one."""

import re

CUES: dict[str, tuple[float, tuple[str, ...]]] = {
    "importance": (
        1.0,
        (
            r"(?:most|really|so|very) (?:important|interesting|surprising|amazing)",
            r"important(?:ly)?",
            r"the (?:key|main|whole|central|big(?:gest)?) (?:is|was|thing|point|idea|insight|question)",
            r"the (?:key|main|big|biggest) (?:problem|lesson|difference|reason|takeaway|challenge|mistake)",
        ),
    ),
    "conclusion": (
        1.0,
        (
            r"bottom line|take-?away|the (?:moral|lesson|upshot)",
            r"in (?:short|summary|conclusion)",
            r"what (?:this|that|it) means|that(?:'s| is) why|which is why",
        ),
    ),
    "surprise": (
        0.9,
        (
            r"turn(?:s|ed) out|surpris(?:ing(?:ly)?|ed?)|believe it or not|the truth is|in fact",
            r"(?:nobody|no one) (?:knew|knows|told)|i was wrong",
        ),
    ),
    "advice": (
        0.8,
        (
            r"you (?:should|need to|have to|must|can't|never)|my advice|don't ever|make sure",
            r"remember(?: that)?|the secret|the trick",
        ),
    ),
    "story": (
        0.7,
        (
            r"(?:one|the other) (?:day|night|morning|evening)|once upon|years ago|when i was",
            r"i(?:'ll| will)? (?:never forget|remember)|(?:let me|i'll) tell you|for the first time",
        ),
    ),
    "explanation": (
        0.6,
        (
            r"for (?:example|instance)|imagine|the reason|because|in other words|think (?:of|about) it",
            r"here(?:'s| is) (?:the|what|how|why)|suppose|let(?:'s| us) say",
        ),
    ),
    "contrast": (
        0.5,
        (
            r"the (?:problem|trouble|catch) (?:is|was|with)|instead of|not just|rather than",
            r"on the other hand|everyone thinks|most people|best|worst|only|never|ever",
        ),
    ),
    "question": (0.4, (r"(?:why|how|what (?:if|would|happens|makes))\b[^.!]*\?",)),
    "figures": (0.4, (r"\d[\d,.]*(?: ?%| percent| [mb]illion| times)|half of|twice",)),
}
"""Weight (0 to 1) and patterns of each kind of cue."""
PATTERNS = {
    name: (weight, re.compile(rf"\b(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE))
    for name, (weight, patterns) in CUES.items()
}

DEPENDENT_START = re.compile(
    r"(?:and|but|so|or|because|which|then|also|anyway|well|yeah|yes|no|right|okay|ok|like|plus|though|however|"
    r"therefore|otherwise|nor|yet|exactly|sure|oh|uh|um|mm-?hmm|i mean|you know|of course|that's|it's|it was|"
    r"this is|that is|he|she|they|him|her|it|those|these|such)\b",
    re.IGNORECASE,
)
DISCOURSE_MARKERS = re.compile(
    r"(?:(?:and|but|so|or|because|well|yeah|yes|okay|ok|right|now|then|also|like|oh|uh+|um+|er+|"
    r"you know|i mean|"
    r"i think|you see|look|anyway|actually|basically|of course|in fact)\b[\s,]*)+",
    re.IGNORECASE,
)
SIGN_OFF = re.compile(
    r"\b(?:thank you|thanks (?:for|to|so)|welcome (?:to|back)|subscribe|sponsor(?:ed|s)?|"
    r"good (?:morning|evening|afternoon)|"
    r"see you (?:next|again|soon)|goodbye|promo code|like and share|today's (?:guest|episode))\b",
    re.IGNORECASE,
)


def find_cues(text: str) -> dict[str, tuple[float, str]]:
    """Return weight and matched phrase by kind of cue."""
    found: dict[str, tuple[float, str]] = {}
    for name, (weight, pattern) in PATTERNS.items():
        if match := pattern.search(text):
            found[name] = weight, match.group()
    return found


def is_dependent_clause(text: str) -> bool:
    """Return whether the sentence continues a previous one and cannot open a moment."""
    return bool(DEPENDENT_START.match(text.lstrip("\"'“‘-– ")))


def strip_discourse_markers(text: str) -> str:
    """Remove leading markers such as "And so, well,"."""
    return DISCOURSE_MARKERS.sub("", text, count=1) if DISCOURSE_MARKERS.match(text) else text
