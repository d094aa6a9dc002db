"""Repairs: small changes of a program that would make what does not fit, fit."""

from debugdiff.suspects.repairs.repair import Change, Fit, Repair, makes_data
from debugdiff.suspects.repairs.trying import fits_of

__all__ = ["Change", "Fit", "Repair", "fits_of", "makes_data"]
