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

from debugdiff.model import ProgramEnd, Record, Stage, WorkerEnd
from debugdiff.worker.process.families import lift_memory_limit
from debugdiff.worker.wire import encode

if TYPE_CHECKING:
    from collections.abc import Callable

_NEEDED = (
    *(builtins, contextlib, dataclasses, functools, io, itertools, json, json.encoder, linecache),
    *(math, os, posixpath, re, signal, threading, time, tokenize, traceback),
)


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


def describe(trial: str, make_record: Callable[[], Record]) -> str:
    """The line of a record; if making one fails, of a record that says only that. Never raises."""
    try:
        lift_memory_limit()
        return encode(make_record())
    except BaseException as error:  # noqa: BLE001  (values and classes of the program do anything)
        return encode(_without_description(trial, error))


def _without_description(trial: str, error: BaseException) -> Record:
    kind: str = type.__dict__["__name__"].__get__(type(error))
    note = f"The worker could not describe the run: {kind}."
    return empty_record(trial, WorkerEnd.UNREADABLE, note)


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
