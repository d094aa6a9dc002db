"""Names of people: first names by gender, last names, surnames by the country they come from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from debugdiff.corpora import stand_ins
from debugdiff.corpora.catalogue import describe, file_paths, read_file
from debugdiff.corpora.shapes import LabelledTexts, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.corpora.catalogue import CorpusSource


def first_names(*, limit: int | None = None, seed: int = 0) -> LabelledTexts:
    """American first names, lower-case, as `female` or `male`; names borne by both are left out."""
    source = describe("first-names")
    if not source.installed:
        return _labelled(stand_ins.first_names(), source, limit, seed)
    female, male = (_census(source.name, path) for path in file_paths(source.name))
    both = set(female) & set(male)
    names = {"female": female, "male": male}
    distinct = {
        gender: [name for name in listed if name not in both] for gender, listed in names.items()
    }
    return _labelled(distinct, source, limit, seed)


def last_names(*, limit: int | None = None, seed: int = 0) -> Texts:
    """American last names, lower-case, in a random order."""
    source = describe("last-names")
    if not source.installed:
        names = stand_ins.last_names()
    else:
        (path,) = file_paths(source.name)
        names = _census(source.name, path)
    order = np.random.default_rng(seed).permutation(len(names))[:limit]
    return Texts(texts=tuple(names[index] for index in order), source=source)


def surnames(*, limit: int | None = None, seed: int = 0) -> LabelledTexts:
    """Surnames with the locale they come from (`cs`, `de`, `en`, ...), in a random order.

    Written in Latin letters, each with its accents. The classes are unbalanced, and a surname that
    several countries share comes once for each of them.
    """
    source = describe("surnames")
    if not source.installed:
        return _labelled(stand_ins.surnames(), source, limit, seed)
    paths = {path.split("/")[-2]: path for path in file_paths(source.name)}
    return _labelled({locale: _locale(path) for locale, path in paths.items()}, source, limit, seed)


def _census(name: str, path: str) -> list[str]:
    """The first column of a table of the US Census; a few names stand in it twice."""
    rows = read_file(name, path).decode().splitlines()
    return list(dict.fromkeys(row.split()[0].lower() for row in rows if row.strip()))


def _locale(path: str) -> list[str]:
    """The surnames of one locale, of both genders where a language tells them apart."""
    listed = json.loads(read_file("surnames", path))["surnames"]
    groups = listed.values() if isinstance(listed, dict) else [listed]
    return list(dict.fromkeys(name for group in groups for name in group))


def _labelled(
    texts: Mapping[str, Sequence[str]], source: CorpusSource, limit: int | None, seed: int
) -> LabelledTexts:
    rows = [(text, label) for label, group in enumerate(texts.values()) for text in group]
    order = np.random.default_rng(seed).permutation(len(rows))[:limit]
    return LabelledTexts(
        texts=tuple(rows[index][0] for index in order),
        labels=tuple(rows[index][1] for index in order),
        classes=tuple(texts),
        source=source,
    )
