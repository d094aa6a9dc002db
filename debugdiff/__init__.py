"""debugdiff measures, by experiment, how readable and how debuggable deep-learning programs are."""

__version__ = "0.1.0"
