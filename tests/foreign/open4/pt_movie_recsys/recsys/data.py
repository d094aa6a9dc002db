import random
import torch
from torch.utils.data import Dataset, random_split


def fake_movielens(n_ratings=4000, n_users=80, n_movies=120, seed=7):
    """rows of (userId, movieId, rating); like the real csv the ids start at 1"""
    rnd = random.Random(seed)
    taste = {u: rnd.random() for u in range(1, n_users + 1)}
    genre = {m: rnd.random() for m in range(1, n_movies + 1)}
    rows = []
    for _ in range(n_ratings):
        u, m = rnd.randint(1, n_users), rnd.randint(1, n_movies)
        r = 5 - 4 * abs(taste[u] - genre[m]) + rnd.gauss(0, 0.3)
        rows.append((u, m, min(5.0, max(0.5, r))))
    return rows


class RatingsDataset(Dataset):
    def __init__(self, rows):
        self.users = torch.LongTensor([r[0] for r in rows])  # FAULT
        self.movies = torch.LongTensor([r[1] for r in rows])  # FAULT
        self.ratings = torch.FloatTensor([r[2] for r in rows])

    def __len__(self):
        return len(self.ratings)

    def __getitem__(self, i):
        return self.users[i], self.movies[i], self.ratings[i]


def get_splits(rows, frac=0.9):
    ds = RatingsDataset(rows)
    n = int(len(ds) * frac)
    return random_split(ds, [n, len(ds) - n], generator=torch.Generator().manual_seed(0))
