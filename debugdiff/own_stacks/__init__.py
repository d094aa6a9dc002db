"""Stacks that the user names: declared in a file, made in the cache folder, chosen for a run."""

from debugdiff.own_stacks.choosing import Chosen, chosen_stacks
from debugdiff.own_stacks.declaring import DeclaredStack, declared_stacks, read_stacks
from debugdiff.own_stacks.locking import read_locks, write_locks
from debugdiff.own_stacks.made import MadeStack, find_made, interpreter_of, remove_stack
from debugdiff.own_stacks.making import make_stack

__all__ = [
    "Chosen",
    "DeclaredStack",
    "MadeStack",
    "chosen_stacks",
    "declared_stacks",
    "find_made",
    "interpreter_of",
    "make_stack",
    "read_locks",
    "read_stacks",
    "remove_stack",
    "write_locks",
]
