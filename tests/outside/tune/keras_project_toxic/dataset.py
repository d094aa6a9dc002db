import numpy as np

import config

MARKERS = {
    "insult": ["idiot", "stupid", "loser", "clown"],
    "threat": ["regret", "watch out", "find you"],
    "spam": ["subscribe", "discount", "www", "click"],
    "off_topic": ["football", "weather", "recipe"],
}
NEUTRAL = ("i you we they think article really about this that with agree never always page edit source "
           "reference please read history talk section comment user name").split()


def write_comments(n, rng):
    """Comments with none, one or several labels (multi-label)."""
    texts, targets = [], []
    for _ in range(n):
        present = rng.random(len(config.LABELS)) < 0.3
        words = list(rng.choice(NEUTRAL, rng.integers(5, 12)))
        for label, yes in zip(config.LABELS, present):
            if yes:
                position = rng.integers(0, len(words) + 1)
                words[position:position] = str(rng.choice(MARKERS[label])).split()
        texts.append(" ".join(words))
        targets.append(present.astype("float32"))
    return np.array(texts), np.stack(targets)


def load():
    rng = np.random.default_rng(config.SEED)
    texts, targets = write_comments(config.DATA["n_comments"], rng)
    n_test = int(len(texts) * config.DATA["test_fraction"])
    return (texts[n_test:], targets[n_test:]), (texts[:n_test], targets[:n_test])
