"""D3 and D4: whether the printed traceback names the guilty line, and how much else it prints."""

from __future__ import annotations

import re
from math import comb
from typing import TYPE_CHECKING

from debugdiff.model import Failure, Frame, Owner, Score
from debugdiff.score.places import (
    defect_places,
    in_words,
    ordinal,
    own_places,
    place_of,
    printed_frames,
    rank_of,
    use_places,
    user_frames,
)
from debugdiff.score.registry import Better, Scores, metric, of_failure, unjudged
from debugdiff.source.lines import line_map

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Attempt


DEFECT = metric("D3.defect", "defect line in trace", "0-1", Better.MORE)
USE = metric("D3.use", "use line in trace", "0-1", Better.MORE)
BEST = metric("D3.best", "defect or use line in trace", "0-1", Better.MORE)
TOP_1 = metric("D3.top1", "found at the first frame", "0/1", Better.MORE)
TOP_3 = metric("D3.top3", "found within three frames", "0/1", Better.MORE)
TOP_5 = metric("D3.top5", "found within five frames", "0/1", Better.MORE)
EXAM = metric("D3.exam", "share of lines to examine", "0-1", Better.LESS)
RANDOM = metric("D3.random", "D3 of a random order of lines", "0-1", Better.SHOWN)
LINES = metric("D3.lines", "executable lines", "lines", Better.SHOWN)

NOISE = metric("D4", "noise", "share of frames", Better.LESS)
UNFILTERED = metric("D4.unfiltered", "noise with hidden frames", "share of frames", Better.LESS)
PRINTED = metric("D4.printed_lines", "printed lines", "lines", Better.SHOWN)
USER_FRAMES = metric("D4.user_frames", "user frames", "frames", Better.SHOWN)
LINES_BEFORE = metric("D4.lines_before", "lines below the first useful one", "lines", Better.SHOWN)

_TOPS = ((TOP_1, 1), (TOP_3, 3), (TOP_5, 5))
_PRINTED_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')


@of_failure(DEFECT, USE, BEST, TOP_1, TOP_3, TOP_5)
def in_trace(attempt: Attempt, failure: Failure) -> Scores:
    """D3: reciprocal rank of the guilty line among user frames, innermost first (Schroeter 2010).

    A line that the trace never names has 0. Lines where an equally good fix could be made count
    with the defect line.
    """
    frames = user_frames(failure)
    defect, use = defect_places(attempt), use_places(attempt)
    ranks = [rank_of(frames, places, attempt) for places in (defect, use)]
    best = min((rank for rank in ranks if rank), default=None)
    yield _reciprocal(DEFECT.id, "defect line", ranks[0], frames, attempt)
    if use:
        yield _reciprocal(USE.id, "use line", ranks[1], frames, attempt)
    else:
        yield unjudged(USE, "The defect takes effect on the line where it was made.")
    yield _reciprocal(BEST.id, "defect or use line", best, frames, attempt)
    for found, limit in _TOPS:
        hit = best is not None and best <= limit
        of_frames = "at the innermost user frame" if limit == 1 else f"within {limit} user frames"
        text = f"{'Found' if hit else 'Not found'} {of_frames}."
        yield Score(metric=found.id, value=float(hit), explanation=text)


def _reciprocal(
    identifier: str, what: str, rank: int | None, frames: Sequence[Frame], attempt: Attempt
) -> Score:
    if rank is None:
        text = f"The {what} is not among the user's frames ({len(frames)})."
        return Score(metric=identifier, value=0.0, explanation=text)
    place = place_of(frames[rank - 1], attempt)
    if identifier == DEFECT.id and place not in own_places(attempt):
        what = "line where an equally good fix could be made"
    where = in_words(place, attempt)
    count = (
        "the only user frame"
        if len(frames) == 1
        else f"{ordinal(rank)} of {len(frames)} user frames"
    )
    text = f"The {what} is {count}, innermost first: {where}."
    return Score(metric=identifier, value=1 / rank, explanation=text)


@of_failure(EXAM, RANDOM, LINES)
def examined(attempt: Attempt, failure: Failure) -> Scores:
    """EXAM: the share of the program's executable lines read before a guilty one (Wong 2016).

    Lines of the trace are read in its order, the others in no order, of which the mean is taken.
    Only lines of the file with the bug count, which nearly always is the program's one file.
    Beside it stands what a random order of the same lines would give for D3.
    """
    lines = line_map(attempt.source).executable
    places = defect_places(attempt) | use_places(attempt)
    guilty = {place.line for place in places if place.file == attempt.file} & set(lines)
    total = len(lines)
    yield Score(
        metric=LINES.id, value=float(total), explanation=f"{total} executable lines in the program."
    )
    if not guilty:
        yield unjudged(EXAM, "No executable line of the program counts as found.")
        yield unjudged(RANDOM, "No executable line of the program counts as found.")
        return
    read = _lines_to_read(failure, attempt, lines, guilty)
    text = f"{read:.4g} of {total} executable lines are read until a guilty one is found."
    yield Score(metric=EXAM.id, value=read / total, explanation=text)
    chance = random_reciprocal_rank(total, len(guilty))
    text = (
        f"A random order of {total} lines, {len(guilty)} of them guilty, would give {chance:.3f}."
    )
    yield Score(metric=RANDOM.id, value=chance, explanation=text)


def _lines_to_read(
    failure: Failure, attempt: Attempt, lines: Sequence[int], guilty: set[int]
) -> float:
    places = (place_of(frame, attempt) for frame in user_frames(failure))
    own = [place.line for place in places if place.file == attempt.file]
    traced = list(dict.fromkeys(line for line in own if line in set(lines)))
    for rank, line in enumerate(traced, start=1):
        if line in guilty:
            return float(rank)
    rest = len(lines) - len(traced)
    return len(traced) + (rest + 1) / (len(guilty) + 1)


def random_reciprocal_rank(lines: int, guilty: int) -> float:
    """Mean reciprocal rank of the first of `guilty` lines in a random order of all `lines`.

    For one guilty line it is the harmonic number over n, `H_n / n`.
    """
    orders = comb(lines, guilty)
    ranks = range(1, lines - guilty + 2)
    return sum(comb(lines - rank, guilty - 1) / rank for rank in ranks) / orders


@of_failure(NOISE, UNFILTERED, PRINTED, USER_FRAMES, LINES_BEFORE)
def noise(attempt: Attempt, failure: Failure) -> Scores:
    """D4: share of library frames among printed frames (after Traver 2010), and raw counts.

    A frame that both the trace and TensorFlow's message print counts once. `D4.unfiltered` adds the
    frames that a traceback filter hides; Keras' is on by default.
    """
    frames = printed_frames(failure)
    own = [frame for frame in frames if frame.owner is Owner.USER]
    printed = sum(frame.owner is not Owner.TOOL for frame in failure.frames)
    again = f" ({printed - len(frames)} more are repetitions)" if printed > len(frames) else ""
    if frames:
        text = (
            f"{len(frames) - len(own)} of {len(frames)} printed frames are not the user's{again}."
        )
        yield Score(metric=NOISE.id, value=1 - len(own) / len(frames), explanation=text)
        yield _with_hidden(len(own), len(frames), failure.hidden_frames)
    else:
        yield unjudged(NOISE, "The traceback prints no frame.")
        yield unjudged(UNFILTERED, "The traceback prints no frame.")
    lines = len(failure.text.splitlines())
    yield Score(metric=PRINTED.id, value=float(lines), explanation=f"{lines} lines are printed.")
    yield Score(
        metric=USER_FRAMES.id, value=float(len(own)), explanation=f"User frames: {len(own)}."
    )
    yield _lines_below(attempt, failure)


def _with_hidden(own: int, printed: int, hidden: int) -> Score:
    """D4 as it would be if no filter took frames out: they are the framework's."""
    total = printed + hidden
    text = f"{total - own} of {total} frames are not the user's, {hidden} hidden by a filter."
    return Score(metric=UNFILTERED.id, value=1 - own / total, explanation=text)


def _lines_below(attempt: Attempt, failure: Failure) -> Score:
    """Lines between the end of the text, where reading starts, and the first useful frame."""
    useful = defect_places(attempt) | use_places(attempt)
    wanted = {
        (frame.file, frame.line)
        for frame in user_frames(failure)
        if place_of(frame, attempt) in useful
    }
    below = next(_distances(failure.text, wanted), None)
    if below is None:
        return unjudged(LINES_BEFORE, "No printed line names a guilty line.")
    text = f"{below} printed lines are below the first useful one, reading from the end."
    return Score(metric=LINES_BEFORE.id, value=float(below), explanation=text)


def _distances(text: str, wanted: set[tuple[str, int]]) -> Iterator[int]:
    for distance, line in enumerate(reversed(text.splitlines())):
        match = _PRINTED_FRAME.search(line)
        if match and (match["file"], int(match["line"])) in wanted:
            yield distance
