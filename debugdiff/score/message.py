"""D6 to D8: what the message says, whether its figures are true, and what it leaves out.

The message is the text of every exception in the printed chain. The patterns are conventions, the
same for every framework, and stand here in full; `docs/metrics.md` explains them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Score
from debugdiff.score.literals import is_true_shape, read_literals, wanted_literals, written
from debugdiff.score.phrases import ARGUMENT_PARTS, CONTENTS, argument_parts, contents
from debugdiff.score.prose import plain_message, sentences, words
from debugdiff.score.registry import Better, Scores, metric, of_failure, unjudged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import Attempt, Failure
    from debugdiff.score.literals import Shape

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
def argument(_attempt: Attempt, failure: Failure) -> Scores:
    """D6: the parts of an argument that the message has (Toulmin, after Barik et al. 2018)."""
    parts = argument_parts(plain_message(failure))
    for part, quote in parts.items():
        yield _yes_or_no(f"D6.{part}", quote, ARGUMENT_PARTS[part])
    there = [part for part, quote in parts.items() if quote]
    text = f"The message has {', '.join(there) or 'none of the five parts'}."
    yield Score(metric=ARGUMENT.id, value=float(len(there)), explanation=text)


@of_failure(TRUE_LITERALS)
def true_literals(_attempt: Attempt, failure: Failure) -> Scores:
    """D7: shapes and sizes of the message that this run really had / all of them (after Traver)."""
    literals = read_literals(plain_message(failure))
    if not len(literals):
        return [unjudged(TRUE_LITERALS, "The message prints no shape and no size.")]
    if not failure.shapes and not failure.sizes:
        return [unjudged(TRUE_LITERALS, "The shapes of this run were not recorded.")]
    known = {*failure.sizes, *(size for shape in failure.shapes for size in shape)}
    true: dict[Shape | int, bool] = {size: size in known for size in literals.sizes}
    true |= {shape: is_true_shape(shape, failure.shapes) for shape in literals.shapes}
    wanted = wanted_literals(plain_message(failure))
    only_wanted = {*wanted.shapes, *wanted.sizes} - {
        one for one, is_true in true.items() if is_true
    }
    claimed = {one: is_true for one, is_true in true.items() if one not in only_wanted}
    expected = _listed(" Expected, and no claim: ", [one for one in true if one in only_wanted])
    if not claimed:
        return [unjudged(TRUE_LITERALS, f"The message claims no shape and no size.{expected}")]
    share = sum(claimed.values()) / len(claimed)
    text = f"{sum(claimed.values())} of {len(claimed)} printed shapes and sizes were in this run:"
    there = _listed(" ", [one for one, is_true in claimed.items() if is_true]) or " none."
    missing = _listed(" Not there: ", [one for one, is_true in claimed.items() if not is_true])
    explanation = f"{text}{there}{missing}{expected}"
    return [Score(metric=TRUE_LITERALS.id, value=share, explanation=explanation)]


def _listed(head: str, literals: Sequence[Shape | int]) -> str:
    found = [str(one) if isinstance(one, int) else written(one) for one in literals]
    return f"{head}{', '.join(found)}." if found else ""


@of_failure(CONTENT, *CONTENT_PARTS)
def content(attempt: Attempt, failure: Failure) -> Scores:
    """D8: nine contents that help (peers' survey; Becker et al. 2019), each yes or no."""
    found = contents(failure, attempt.own_names)
    for part, quote in found.items():
        yield _yes_or_no(f"D8.{part}", quote, CONTENTS[part])
    there = [CONTENTS[part] for part, quote in found.items() if quote]
    text = f"The message {', '.join(there) or 'has none of the nine contents'}."
    yield Score(metric=CONTENT.id, value=float(len(there)), explanation=text)


def _yes_or_no(identifier: str, quote: str, what: str) -> Score:
    text = f'Yes, it {what}: "{quote}".' if quote else f"No, nothing in it {what}."
    return Score(metric=identifier, value=float(bool(quote)), explanation=text)


@of_failure(WORDS, SENTENCES, CHARACTERS)
def length(_attempt: Attempt, failure: Failure) -> Scores:
    """Raw figures of the message, shown and never scored (Denny et al. 2021)."""
    message = plain_message(failure)
    figures = (
        (WORDS, len(words(message))),
        (SENTENCES, len(sentences(message))),
        (CHARACTERS, len(message)),
    )
    for found, count in figures:
        unit = found.unit if count != 1 else found.unit.removesuffix("s")
        text = f"{count} {unit} in the messages of the chain."
        yield Score(metric=found.id, value=float(count), explanation=text)
