"""A program that failed: its exception, its frames, its stage, the values in its variables."""
