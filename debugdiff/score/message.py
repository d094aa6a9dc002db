"""D6 to D8: what the message says, whether its figures are true, and what it leaves out.

The message is the text of every exception in the printed chain. The patterns are conventions, the
same for every framework, and stand here in full; `docs/metrics.md` explains them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.score.literals import Literals, is_true_shape, read_literals
from debugdiff.score.phrases import ARGUMENT_PARTS, CONTENTS, argument_parts, contents
from debugdiff.score.prose import plain_message, sentences, words
from debugdiff.score.registry import Better, Finding, Findings, metric, of_failure, unjudged

if TYPE_CHECKING:
    from debugdiff.model import Failure
    from debugdiff.score.evidence import Evidence

ARGUMENT = metric("D6", "argument", "0-5", Better.MORE)
ARGUMENTS = [metric(f"D6.{part}", part, "0/1", Better.MORE) for part in ARGUMENT_PARTS]
TRUE_LITERALS = metric("D7", "true literals", "share", Better.MORE)
CONTENT = metric("D8", "content", "0-9", Better.MORE)
CONTENT_PARTS = [
    metric(f"D8.{part}", title, "0/1", Better.MORE) for part, title in CONTENTS.items()
]
WORDS = metric("message.words", "words", "words", Better.SHOWN)
SENTENCES = metric("message.sentences", "sentences", "sentences", Better.SHOWN)
CHARACTERS = metric("message.characters", "characters", "characters", Better.SHOWN)


@of_failure(ARGUMENT, *ARGUMENTS)
def argument(_evidence: Evidence, failure: Failure) -> Findings:
    """D6: the parts of an argument that the message has (Toulmin, after Barik et al. 2018)."""
    parts = argument_parts(plain_message(failure))
    for part, present in parts.items():
        yield _yes_or_no(f"D6.{part}", present, f"the message has a {part}")
    there = [part for part, present in parts.items() if present]
    text = f"The message has {', '.join(there) or 'none of the five parts'}."
    yield Finding(metric=ARGUMENT.id, value=float(len(there)), explanation=text)


@of_failure(TRUE_LITERALS)
def true_literals(_evidence: Evidence, failure: Failure) -> Findings:
    """D7: shapes and sizes of the message that this run really had / all of them (after Traver)."""
    literals = read_literals(plain_message(failure))
    if not len(literals):
        return [unjudged(TRUE_LITERALS, "The message prints no shape and no size.")]
    if not failure.shapes and not failure.sizes:
        return [unjudged(TRUE_LITERALS, "The shapes of this run were not recorded.")]
    known = {*failure.sizes, *(size for shape in failure.shapes for size in shape)}
    shapes = [shape for shape in literals.shapes if is_true_shape(shape, failure.shapes)]
    sizes = [size for size in literals.sizes if size in known]
    true = len(shapes) + len(sizes)
    untrue = _untrue(literals, [*shapes, *sizes])
    text = f"{true} of {len(literals)} printed shapes and sizes were there in this run.{untrue}"
    return [Finding(metric=TRUE_LITERALS.id, value=true / len(literals), explanation=text)]


def _untrue(literals: Literals, true: list[object]) -> str:
    others = [str(one) for one in (*literals.shapes, *literals.sizes) if one not in true]
    return f" Not there: {', '.join(others)}." if others else ""


@of_failure(CONTENT, *CONTENT_PARTS)
def content(_evidence: Evidence, failure: Failure) -> Findings:
    """D8: nine contents that help (peers' survey; Becker et al. 2019), each yes or no."""
    found = contents(failure)
    for part, present in found.items():
        yield _yes_or_no(f"D8.{part}", present, f"the message {CONTENTS[part]}")
    there = [CONTENTS[part] for part, present in found.items() if present]
    text = f"The message {', '.join(there) or 'has none of the nine contents'}."
    yield Finding(metric=CONTENT.id, value=float(len(there)), explanation=text)


def _yes_or_no(identifier: str, present: bool, what: str) -> Finding:  # noqa: FBT001
    text = f"Yes, {what}." if present else f"No; yes if {what}."
    return Finding(metric=identifier, value=float(present), explanation=text)


@of_failure(WORDS, SENTENCES, CHARACTERS)
def length(_evidence: Evidence, failure: Failure) -> Findings:
    """Raw figures of the message, shown and never scored (Denny et al. 2021)."""
    message = plain_message(failure)
    figures = (
        (WORDS, len(words(message))),
        (SENTENCES, len(sentences(message))),
        (CHARACTERS, len(message)),
    )
    for found, count in figures:
        text = f"{count} {found.unit} in the messages of the chain."
        yield Finding(metric=found.id, value=float(count), explanation=text)
