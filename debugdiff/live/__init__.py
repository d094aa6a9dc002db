"""Explains where people work: in a notebook, at a prompt, in a script, in a failing test.

Nothing is run again: it reads the exception that was raised, and the program that is loaded.
"""
