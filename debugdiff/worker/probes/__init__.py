"""Interim values of a run: what layers, losses, optimizers and statements held."""
