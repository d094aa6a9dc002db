"""Stack frames as they were printed: whose code they run, and where in a text they stand."""

from __future__ import annotations

import functools
import itertools
import re
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.model import Frame, FrameOrigin, Owner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from debugdiff.worker.workplace import Workplace

WORKER_FOLDER = str(Path(__file__).resolve().parents[1])
_PACKAGE_FOLDER = str(Path(__file__).resolve().parents[2])
_FRAMEWORK_PACKAGES = frozenset(
    {"torch", "functorch", "torchgen", "tensorflow", "keras", "jax", "jaxlib", "ml_dtypes"}
)
_AUTOGRAPH = "__autograph_generated_file"
_CONVERTED = "tf__"
_FRAME_LINE = re.compile(
    r'^(?P<indent>[ \t|]*)File "(?P<file>[^"\n]+)", line (?P<line>\d{1,9}), in (?P<function>.+)$',
    re.MULTILINE,
)
_DUMPED_FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d{1,9}) in (?P<function>.+)$')
_STACK_START = re.compile(r"\(most recent call last\):\n")


def owner_of(file: str, workplace: Workplace) -> Owner:
    """Whose code a file is, by its path alone (in the trial's folders or mapped back)."""
    if belongs_to_worker(file):
        return Owner.TOOL
    if is_autograph(file):
        return Owner.FRAMEWORK
    if workplace.holds(file):
        # An environment may lie inside the user's folder: what it holds is not the user's.
        is_standard = file.startswith(_standard_library())
        return _library_owner(file) or (Owner.STDLIB if is_standard else Owner.USER)
    if file.startswith(_PACKAGE_FOLDER + "/"):
        return Owner.TOOL
    if file.startswith("<frozen"):
        return Owner.STDLIB
    return _library_owner(file) or _standard_or_library(file)


def belongs_to_worker(file: str) -> bool:
    """Whether the file is part of the machinery below the program."""
    return file.startswith((f"{WORKER_FOLDER}/", "<frozen runpy>"))


def without_worker_frames(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback as it would have been without the machinery below the program and in between."""
    links = []
    while traceback is not None:
        if not belongs_to_worker(traceback.tb_frame.f_code.co_filename):
            links.append(traceback)
        traceback = traceback.tb_next
    for link, following in itertools.zip_longest(links, links[1:]):
        link.tb_next = following
    return links[0] if links else None


def is_autograph(file: str) -> bool:
    """Whether the file is a copy that AutoGraph made of a function."""
    return _AUTOGRAPH in file


def without_worker_stack(text: str) -> str:
    """A message without the frames below the program that TensorFlow put into it.

    TensorFlow writes the whole Python stack into its messages. A plain run has nothing below the
    program's `<module>`; here the worker stands there.
    """
    pieces = []
    position = 0
    for start in _STACK_START.finditer(text):
        pieces.append(text[position : start.end()])
        position = _after_worker_frames(text, start.end())
    return "".join([*pieces, text[position:]])


def user_function(file: str, function: str, workplace: Workplace) -> str | None:
    """The name of the user's function that runs in a frame; `None` if it is somebody else's.

    AutoGraph runs a copy of a function, under another name and from a file of its own.
    """
    if owner_of(file, workplace) is Owner.USER:
        return function
    return function.removeprefix(_CONVERTED) if _AUTOGRAPH in file else None


def frames_in_message(message: str, workplace: Workplace, exception: int) -> Iterator[Frame]:
    """The frames that a message names, each with its code where the next line prints it."""
    for match in _FRAME_LINE.finditer(message):
        following = message[match.end() + 1 :].partition("\n")[0]
        is_indented = len(following) - len(following.lstrip()) > len(match["indent"])
        is_code = is_indented and not _FRAME_LINE.match(following)
        yield Frame(
            file=workplace.as_seen_by_user(match["file"]),
            line=int(match["line"]),
            # AutoGraph marks what it converted with a star.
            function=match["function"].rstrip(" *"),
            code=following.strip() if is_code else "",
            owner=owner_of(match["file"], workplace),
            origin=FrameOrigin.MESSAGE,
            exception=exception,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpedFrame:
    """A frame of a `faulthandler` dump, with the trial's own path."""

    file: str
    line: int
    function: str


def dumped_stack(text: str) -> tuple[DumpedFrame, ...]:
    """The program's thread in a `faulthandler` dump, outermost first, without what lies below it.

    Of several threads it is the one that the worker started: the program's main thread. Where the
    dump broke off before it got there (a deep recursion), it is the longest.
    """
    threads = [_dumped_frames(block) for block in re.split(r"\n(?=Thread|Current)", text)]
    for frames in threads:
        if frames and belongs_to_worker(frames[0].file):
            return tuple(itertools.dropwhile(lambda frame: belongs_to_worker(frame.file), frames))
    longest = max(len(frames) for frames in threads)
    return next(tuple(frames) for frames in threads if len(frames) == longest)


def _dumped_frames(block: str) -> list[DumpedFrame]:
    """Outermost first; a dump begins with the innermost."""
    matches = (_DUMPED_FRAME.match(line) for line in reversed(block.splitlines()))
    return [
        DumpedFrame(file=match["file"], line=int(match["line"]), function=match["function"])
        for match in matches
        if match
    ]


def _after_worker_frames(text: str, position: int) -> int:
    """Where the first frame begins that is not the worker's."""
    after = position
    while match := _FRAME_LINE.match(text, after):
        if not belongs_to_worker(match["file"]):
            break
        following = _FRAME_LINE.search(text, match.end())
        after = following.start() if following else match.end()
    return after


def _library_owner(file: str) -> Owner | None:
    """`framework` or `library` for what `pip` installed, else `None`."""
    for marker in ("/site-packages/", "/dist-packages/"):
        _, separator, inside = file.rpartition(marker)
        if separator:
            package = inside.partition("/")[0]
            known = package in _FRAMEWORK_PACKAGES
            return Owner.FRAMEWORK if known else Owner.LIBRARY
    return None


def _standard_or_library(file: str) -> Owner:
    return Owner.STDLIB if file.startswith(_standard_library()) else Owner.LIBRARY


@functools.cache
def _standard_library() -> tuple[str, ...]:
    paths = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    return tuple(f"{path}/" for path in paths | {str(Path(path).resolve()) for path in paths})
