"""Speaks numbers: digits in, words out."""
