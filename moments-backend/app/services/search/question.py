"""Topic of a question: the words that an answer can share with it."""

import re

from app.services.search.folding import fold

_REQUEST = re.compile(
    r"""^\s*(?:please\s+|(?:can|could|would)\s+you\s+)*
    (?:(?:summari[sz]e|describe|explain|outline|find|show|list)\b(?:\s+me)?|(?:tell|remind)\s+(?:me|us)\b)
    (?:\s+(?:the|all|whole|group|team'?s?|general|main))*
    (?:\s+(?:discussions?|talks?|conversations?|details?|opinions?|views?|thoughts?|parts?|what\s+was\s+said)
       (?:\s+of\s+the\s+discussion)?\s+(?:about|on|of|over|towards?|regarding|concerning))?
    \s*""",
    re.IGNORECASE | re.VERBOSE,
)
_QUESTION = re.compile(
    r"""^\s*(?:what|why|how|when|where|who|which)(?:'s|\s+(?:did|do|does|was|were|is|are|had|has|have))?\b\s*""",
    re.IGNORECASE | re.VERBOSE,
)

_FUNCTION_WORDS = """
    a about above after again all also although am an and any are as at be because been before
    being both but by can could did do does doing done down during each either else for from
    further had has have having he her here hers him his how i if in into is it its just let may
    me might more most much must my no nor not now of off on once one only or other our out over
    own same shall she should so some still such than that the their them then there these they
    this those though through to too under until up upon us very was we were what when where
    whether which while who whom whose why will with within without would yes yet you your ah er
    hm hmm mhm mm oh ok okay uh um well yeah
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
"""English words and interjections without a topic of their own."""
_TALK_WORDS = """
    agree agreed conclude conclusion decide decided decision describe discuss discussed discussing
    discussion explain group mean meeting mention mentioned opinion people propose proposed said
    saw say says speaker summarise summarize talk talked talking team tell think thought told view
"""
TALK_WORDS = frozenset(_TALK_WORDS.split())
"""Words of questions about a conversation, which the conversation uses for everything."""


def topic_of(query: str) -> str:
    """Return the query without its request or question words, such as `tides` for `What are tides?`."""
    topic = _QUESTION.sub("", _REQUEST.sub("", query, count=1), count=1)
    return topic.strip() if fold(topic) else query


def content_words(text: str) -> list[str]:
    """Return the folded words that can carry a topic, in order, without the `s` of a plural."""
    return [
        word.rstrip("s") if len(word) > 3 else word  # noqa: PLR2004 - shorter words are not plurals
        for word in fold(text).split()
        if word not in FUNCTION_WORDS
    ]


def query_words(query: str) -> frozenset[str]:
    """Return the content words of a query, all of them if none is specific."""
    words = {word for word in content_words(query) if word not in TALK_WORDS}
    return frozenset(words or content_words(query))
