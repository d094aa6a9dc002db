"""The record of a program that has ended, whatever it has done to the means of describing it."""

from __future__ import annotations

import builtins
import contextlib
import dataclasses
import functools
import io
import itertools
import json
import linecache
import math
import os
import posixpath
import re
import signal
import threading
import time
import tokenize
import traceback
from typing import TYPE_CHECKING, Any

from debugdiff.bounds import bounded
from debugdiff.model import ProgramEnd, Record, Stage, WorkerEnd
from debugdiff.worker.process.families import raise_memory_limit
from debugdiff.worker.wire import encode

if TYPE_CHECKING:
    from collections.abc import Callable

_NEEDED = (
    *(builtins, contextlib, dataclasses, functools, io, itertools, json, json.encoder, linecache),
    *(math, os, posixpath, re, signal, threading, time, tokenize, traceback),
)


ANYTHING = BaseException
"""What `except` catches all with: a program may have taken the built-in names away."""


class OriginalNames:
    """Functions and classes of the standard library as they are now, before the program runs.

    `with` undoes what the program has replaced; afterwards its own names are there again. (Nothing
    of the library may be needed to get there: it is what has been replaced.)
    """

    def __init__(self) -> None:
        self._kept = [
            (vars(module), {name: it for name, it in vars(module).items() if callable(it)})
            for module in _NEEDED
        ]
        self._replaced: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def __enter__(self) -> None:
        self._replaced = [(names, names.copy()) for names, _ in self._kept]
        for names, kept in self._kept:
            names.update(kept)

    def __exit__(self, *_: object) -> None:
        for names, own in self._replaced:
            names.update(own)


def describe(trial: str, make_record: Callable[[], Record], room: int) -> str:
    """The line of a record; if making one fails, of a record that says only that. Never raises.

    Args:
        trial: its id.
        make_record: describes the run.
        room: bytes that the line may have.
    """
    try:
        raise_memory_limit()
        text = encode(bounded(make_record()))
    except BaseException as error:  # noqa: BLE001  (values and classes of the program do anything)
        kind: str = type.__dict__["__name__"].__get__(type(error))
        return _nothing_but(trial, f"The worker could not describe the run: {kind}.")
    if len(text) <= room:
        return text
    size = f"{len(text) / 1e6:.0f} MB, more than {room / 1e6:.0f}"
    return _nothing_but(trial, f"The record is too large: {size}. Read fewer steps or sites.")


def _nothing_but(trial: str, note: str) -> str:
    return encode(empty_record(trial, WorkerEnd.UNREADABLE, note))


def empty_record(trial: str, worker: WorkerEnd, note: str = "") -> Record:
    """The record of a trial of whose program nothing is known."""
    return Record(
        trial=trial,
        worker=worker,
        program=ProgramEnd.UNKNOWN,
        stage=Stage.IMPORT,
        step=0,
        steps=0,
        seconds=0.0,
        peak_memory=0,
        note=note,
    )
