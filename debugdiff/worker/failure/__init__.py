"""What can be said of a program that failed: its exception, its frames, its stage, its values."""
