"""D5: how many hops lie between what the traceback names and the line where the defect is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Score
from debugdiff.score.places import defect_places, in_words, own_places, place_of, user_frames
from debugdiff.score.registry import Better, Scores, metric, of_failure, unjudged
from debugdiff.source.linegraph import build_graph, shortest_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from debugdiff.model import Attempt, Failure, Location

HOPS = metric("D5", "navigation", "hops", Better.LESS)
REACHABLE = metric("D5.reachable", "reachable, 1 / (1 + hops)", "0-1", Better.MORE)


@of_failure(HOPS, REACHABLE)
def navigation(attempt: Attempt, failure: Failure) -> Scores:
    """D5: least hops in the line graph from any user frame to the defect (CrashLocator; SBEST).

    A defect that cannot be reached has no number of hops, infinity being none in JSON;
    `D5.reachable` is then 0, which tells it from "not judged".
    """
    goals = defect_places(attempt)
    if not goals:
        reason = "There is no defect line in this program."
        return [unjudged(HOPS, reason), unjudged(REACHABLE, reason)]
    starts = dict.fromkeys(place_of(frame, attempt) for frame in user_frames(failure))
    path = _path(attempt, starts, goals)
    if not path:
        text = "Unreachable (infinite): no path in the line graph from the traceback to the defect."
        return [unjudged(HOPS, text), Score(metric=REACHABLE.id, value=0.0, explanation=text)]
    hops, text = len(path) - 1, _explanation(path, attempt)
    return [
        Score(metric=HOPS.id, value=float(hops), explanation=text),
        Score(metric=REACHABLE.id, value=1 / (1 + hops), explanation=text),
    ]


def _path(
    attempt: Attempt, starts: Iterable[Location], goals: frozenset[Location]
) -> tuple[Location, ...]:
    """A shortest path; a traceback that names the defect needs no graph, which is the dear part."""
    named = next((place for place in starts if place in goals), None)
    if named is not None:
        return (named,)
    return shortest_path(build_graph(attempt.sources), starts, goals)


def _explanation(path: tuple[Location, ...], attempt: Attempt) -> str:
    if len(path) == 1:
        own = path[0] in own_places(attempt)
        what = "the defect itself" if own else "a line where an equally good fix could be made"
        return f"The traceback names {what}: {in_words(path[0], attempt)}."
    steps = " -> ".join(in_words(place, attempt) for place in path)
    hops = "1 hop" if len(path) == 2 else f"{len(path) - 1} hops"  # noqa: PLR2004
    return f"{hops} from a line of the traceback to the defect: {steps}."
