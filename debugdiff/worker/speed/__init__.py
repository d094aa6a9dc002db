"""The clocks of `debugdiff speed`, in the process of the program that is timed."""
