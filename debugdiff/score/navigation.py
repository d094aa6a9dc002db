"""D5: how many hops lie between what the traceback names and the line where the defect is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.score.places import defect_places, named, own_places, place_of, user_frames
from debugdiff.score.registry import Better, Finding, Findings, metric, of_failure, unjudged
from debugdiff.source.linegraph import build_graph, shortest_path

if TYPE_CHECKING:
    from debugdiff.model import Failure
    from debugdiff.score.evidence import Evidence
    from debugdiff.source.location import Location

HOPS = metric("D5", "navigation", "hops", Better.LESS)
REACHABLE = metric("D5.reachable", "reachable, 1 / (1 + hops)", "0-1", Better.MORE)


@of_failure(HOPS, REACHABLE)
def navigation(evidence: Evidence, failure: Failure) -> Findings:
    """D5: least hops in the line graph from any user frame to the defect (CrashLocator; SBEST).

    A defect that cannot be reached has no number of hops, infinity being none in JSON;
    `D5.reachable` is then 0, which tells it from "not judged".
    """
    goals = defect_places(evidence)
    if not goals:
        reason = "There is no defect line in this program."
        return [unjudged(HOPS, reason), unjudged(REACHABLE, reason)]
    starts = dict.fromkeys(place_of(frame, evidence) for frame in user_frames(failure))
    path = shortest_path(build_graph(evidence.sources), starts, goals)
    if not path:
        text = "Unreachable (infinite): no way in the line graph from the traceback to the defect."
        return [unjudged(HOPS, text), Finding(metric=REACHABLE.id, value=0.0, explanation=text)]
    hops, text = len(path) - 1, _told(path, evidence)
    return [
        Finding(metric=HOPS.id, value=float(hops), explanation=text),
        Finding(metric=REACHABLE.id, value=1 / (1 + hops), explanation=text),
    ]


def _told(path: tuple[Location, ...], evidence: Evidence) -> str:
    if len(path) == 1:
        own = path[0] in own_places(evidence)
        what = "the defect itself" if own else "a line where an equally good fix could be made"
        return f"The traceback names {what}: {named(path[0], evidence)}."
    steps = " -> ".join(named(place, evidence) for place in path)
    hops = "1 hop" if len(path) == 2 else f"{len(path) - 1} hops"  # noqa: PLR2004
    return f"{hops} from a line of the traceback to the defect: {steps}."
