import numpy as np

GOOD = ["great", "lovely", "fine", "superb"]
BAD = ["dull", "awful", "poor", "boring"]


def load_reviews(n=64, seed=0):
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(n):
        label = int(rng.integers(0, 2))
        words = rng.choice(GOOD if label else BAD, 4)
        texts.append(" ".join(words))
        labels.append(label)
    return texts, labels  # FAULT
