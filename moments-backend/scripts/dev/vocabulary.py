"""Reports words that `vocabulary.toml` replaces by plain technical English; part of `make lint`.

Usage: `python -m scripts.dev.vocabulary [--count]`. Exits with 1 when a word is used outside the exceptions.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from scripts.dev.source_facts import Text
from scripts.dev.source_tree import PROJECT, read_documents, read_tree

RULES = Path(__file__).with_name("vocabulary.toml")
ANY_PHRASE = "*"
# Words may be on two lines, with the sign of a comment between them.
GAP = r"(?:\s|#|\*|//)+"
CODE = re.compile(r"```.*?^\s*```|(`+)[^`]+?\1", re.DOTALL | re.MULTILINE)
COMMENT_SIGN = re.compile(r"\A(?:/\*+|//|#)?\s*")


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, its replacement and the reason for it."""

    pattern: re.Pattern[str]
    opening: bool
    use: str
    reason: str

    def matches(self, prose: str) -> Iterator[re.Match[str]]:
        if not self.opening:
            yield from self.pattern.finditer(prose)
        elif match := self.pattern.match(prose, len(prose) - len(COMMENT_SIGN.sub("", prose))):
            yield match


@dataclass(slots=True)
class Allowed:
    """An exception: a phrase in the files of a glob, or all messages of files that hold sample data.

    `used` is set when it applies.
    """

    file: str
    phrase: str
    reason: str
    used: bool = False

    def covers(self, path: str, kind: str, sentence: str) -> bool:
        if not fnmatch(path, self.file):
            return False
        if self.phrase == ANY_PHRASE:
            return kind == "message"
        return self.phrase.lower() in sentence.lower()


@dataclass(frozen=True, slots=True)
class Use:
    """A word that a rule matches; `allowed` is the exception that covers it."""

    path: str
    line: int
    word: str
    rule: Rule
    allowed: Allowed | None


class Vocabulary:
    """The rules and exceptions of one word list."""

    def __init__(self, rules: Path = RULES) -> None:
        content = tomllib.loads(rules.read_text(encoding="utf-8"))
        self.rules = [_rule(**word) for word in content["word"]]
        self.exceptions = [Allowed(**exception) for exception in content.get("exception", [])]

    def uses(self, path: str, text: Text) -> Iterator[Use]:
        prose = CODE.sub(_blank, text.text)
        for rule in self.rules:
            if rule.opening and text.kind != "docstring":
                continue
            for match in rule.matches(prose):
                word = re.sub(GAP, " ", match.group())
                line = text.line + prose.count("\n", 0, match.start())
                yield Use(path, line, word, rule, self._exception(path, text, match))

    def _exception(self, path: str, text: Text, match: re.Match[str]) -> Allowed | None:
        around = " ".join(text.text[max(0, match.start() - 80) : match.end() + 80].split())
        for allowed in self.exceptions:
            if allowed.covers(path, text.kind, around):
                allowed.used = True
                return allowed
        return None


def _rule(match: str, use: str, reason: str, *, opening: bool = False) -> Rule:
    pattern = rf"\b(?:{match.replace(' ', GAP)})\b"
    return Rule(re.compile(pattern, re.IGNORECASE), opening, use, reason)


def _blank(code: re.Match[str]) -> str:
    """Keep the length and the lines, so that positions stay right."""
    return re.sub(r"[^\n]", "_", code.group())


def find_uses(vocabulary: Vocabulary, project: Path) -> list[Use]:
    python, typescript = read_tree(project, tests=True)
    return [
        use
        for facts in (*read_documents(project), *python, *typescript)
        for text in facts.texts
        for use in vocabulary.uses(facts.path, text)
    ]


def count_lines(uses: Iterable[Use]) -> int:
    """Count lines, each once, except those of exceptions for whole files, which hold sample data."""
    return len(
        {(use.path, use.line) for use in uses if not (use.allowed and use.allowed.phrase == ANY_PHRASE)}
    )


def main() -> int:
    vocabulary = Vocabulary()
    uses = find_uses(vocabulary, PROJECT)
    refused = [use for use in uses if use.allowed is None]
    for use in sorted(refused, key=lambda use: (use.path, use.line)):
        print(f"{use.path}:{use.line}: {use.word}: {use.rule.use}")
    unused = [allowed for allowed in vocabulary.exceptions if not allowed.used]
    for allowed in unused:
        print(f"{RULES.name}: unused exception: {allowed.file}: {allowed.phrase}")
    if refused:
        print(f"{count_lines(refused)} lines use words of {RULES.name}, which gives the reasons.")
    return 1 if refused or unused else 0


if __name__ == "__main__":
    sys.exit(main())
