# Star rating prediction from a few shop features (tabular data)
import csv
import io
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader, random_split


def fake_csv(n_rows=500, seed=3):
    """Pretend we have downloaded a CSV file with customer ratings."""
    rng = np.random.default_rng(seed)
    buf = io.StringIO()
    w = csv.writer(buf)
    w.writerow(["price", "delivery_days", "support_calls", "discount", "stars"])
    for _ in range(n_rows):
        price = rng.uniform(5, 200)
        days = int(rng.integers(1, 10))
        calls = int(rng.integers(0, 5))
        disc = rng.uniform(0, 0.5)
        score = 5.2 - 0.25 * days - 0.5 * calls + 2.0 * disc + rng.normal(0, 0.3)
        stars = int(np.clip(round(score), 1, 5))
        w.writerow([f"{price:.2f}", days, calls, f"{disc:.3f}", stars])
    buf.seek(0)
    return buf


class RatingsDataset(Dataset):
    def __init__(self, handle):
        rows = list(csv.DictReader(handle))
        feats = [[float(r["price"]), float(r["delivery_days"]),
                  float(r["support_calls"]), float(r["discount"])] for r in rows]
        self.x = torch.tensor(feats, dtype=torch.float32)
        self.y = torch.tensor([int(r["stars"]) - 1 for r in rows])
        self.mean = self.x.mean(0)
        self.std = self.x.std(0)

    def __len__(self):
        return self.x.shape[0]

    def __getitem__(self, i):
        return (self.x[i] - self.mean) / self.std, self.y[i]


def build_mlp(sizes, p=0.1):
    layers = []
    for i in range(len(sizes) - 2):
        layers += [nn.Linear(sizes[i], sizes[i + 1]), nn.BatchNorm1d(sizes[i + 1]), nn.ReLU(), nn.Dropout(p)]
    layers.append(nn.Linear(sizes[-2], sizes[-1]))
    return nn.Sequential(*layers)


torch.manual_seed(0)
ds = RatingsDataset(fake_csv())
train_ds, val_ds = random_split(ds, [400, 100])
train_dl = DataLoader(train_ds, batch_size=40, shuffle=True)
val_dl = DataLoader(val_ds, batch_size=100)

NUM_STARS = 5
model = build_mlp([4, 64, 32, NUM_STARS])
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(12):
    model.train()
    losses = []
    for xb, yb in train_dl:
        opt.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        opt.step()
        losses.append(loss.item())
    if epoch % 3 == 2:
        model.eval()
        with torch.no_grad():
            accs = [(model(xb).argmax(1) == yb).float().mean().item() for xb, yb in val_dl]
        print("epoch", epoch + 1, "loss", round(np.mean(losses), 4), "val acc", round(np.mean(accs), 3))
