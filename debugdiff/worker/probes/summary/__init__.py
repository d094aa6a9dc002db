"""Summaries of tensors: moments, traits and digests, of one tensor or of many at once."""
