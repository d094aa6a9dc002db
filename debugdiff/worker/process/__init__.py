"""How a program is run in a process of its own, watched, ended, and put on record."""
