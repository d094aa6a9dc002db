"""The one reading of a program: its text, names, flow of values, layers and roles; never run.

Injection, static metrics, scores and suspects read programs through this package alone.
"""
