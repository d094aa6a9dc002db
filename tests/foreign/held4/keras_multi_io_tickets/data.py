import numpy as np

num_tags = 6
num_words = 300
num_departments = 3


def make_tickets(n, seed=0):
    rng = np.random.default_rng(seed)
    department = rng.integers(0, num_departments, n)
    urgent = rng.random(n) < 0.4
    titles = rng.integers(10, num_words, (n, 6))
    bodies = rng.integers(10, num_words, (n, 20))
    tags = (rng.random((n, num_tags)) < 0.3).astype("float32")
    for i in range(n):
        titles[i, rng.integers(0, 6)] = 1 + department[i]
        bodies[i, rng.integers(0, 20, 3)] = 1 + department[i]
        if urgent[i]:
            bodies[i, rng.integers(0, 20, 2)] = 7
    priority = np.clip(0.3 + 0.5 * urgent + 0.1 * tags[:, 0], 0, 1).astype("float32")
    x = {"title": titles, "body": bodies, "tags": tags}
    y = {"priority": priority[:, None], "department": department}  # FAULT
    return x, y
