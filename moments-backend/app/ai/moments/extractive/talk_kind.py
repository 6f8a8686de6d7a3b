"""The kind of a talk: a meeting is scored by other rules than an interview or a monologue.

Transcripts contain no speakers, so turns are recognised by short replies and questions. The thresholds were
chosen on 66 meetings and 92 edited talks and podcasts; see `docs/moments.md`.
"""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.ai.moments.extractive.features import SHORT_SENTENCE_WORDS, SentenceFeatures

TalkKind = Literal["interview", "monologue", "meeting"]

MEETING_WORDS = re.compile(
    r"\b(?:(?:this|next|last|our|the) meetings?|agenda|(?:the|of) minutes|action items?|next (?:item|slide)|"
    r"chair(?:man|person)?|committee|amendments?|the motion|project manager)\b",
    re.IGNORECASE,
)
SHOW_WORDS = re.compile(
    r"\b(?:podcasts?|episodes?|listeners?|guests?|(?:the|this|our) show|"
    r"subscribe|sponsor\w*|youtube|channel)\b",
    re.IGNORECASE,
)
QUESTION = re.compile(r"[?？؟][\"'”’»)]*$")
MEETING_SHORT, MEETING_RATE, SHOW_RATE, MAX_SHOW = 0.35, 2.0, 4.0, 0.5
"""Share of short sentences, and words of each kind per 1,000 words, that count 1 in `meeting_evidence`."""
PRIOR_THOUSANDS = 2.0
"""Added to the length of every talk, so that one word in a short talk is not a high rate."""
INTERVIEW_QUESTIONS = 0.05
"""Share of questions from which a talk that is not a meeting is an interview."""
MIN_SENTENCES = 30
"""Shorter transcripts are not called a meeting: "Okay. Yes." would decide."""


@dataclass(frozen=True, slots=True)
class TalkShape:
    """Figures from which the kind is decided.

    Attributes:
        sentences: number of sentences.
        short: share of sentences of at most `SHORT_SENTENCE_WORDS` words, mostly replies.
        questions: share of sentences that are questions.
        meeting_rate: words of meetings per 1,000 words.
        show_rate: words of podcasts and programmes per 1,000 words.
    """

    sentences: int
    short: float
    questions: float
    meeting_rate: float
    show_rate: float

    @property
    def meeting_evidence(self) -> float:
        show = min(MAX_SHOW, self.show_rate / SHOW_RATE)
        return self.short / MEETING_SHORT + self.meeting_rate / MEETING_RATE - show

    @property
    def kind(self) -> TalkKind:
        if self.sentences >= MIN_SENTENCES and self.meeting_evidence >= 1:
            return "meeting"
        return "interview" if self.questions >= INTERVIEW_QUESTIONS else "monologue"


def talk_shape(features: SentenceFeatures) -> TalkShape:
    """Measure a talk of at least one sentence."""
    texts = [sentence.text for sentence in features.sentences]
    thousands = float(features.word_counts.sum()) / 1000 + PRIOR_THOUSANDS
    return TalkShape(
        sentences=len(texts),
        short=float(np.mean(features.word_counts <= SHORT_SENTENCE_WORDS)),
        questions=float(np.mean([is_question(text) for text in texts])),
        meeting_rate=sum(len(MEETING_WORDS.findall(text)) for text in texts) / thousands,
        show_rate=sum(len(SHOW_WORDS.findall(text)) for text in texts) / thousands,
    )


def is_question(text: str) -> bool:
    return bool(QUESTION.search(text))
