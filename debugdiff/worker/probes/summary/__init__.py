"""What the elements of tensors come to: moments, traits and digests, one tensor or many."""
