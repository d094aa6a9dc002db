"""The parity check inside a stack: given weights and one batch, what a program makes of them."""
