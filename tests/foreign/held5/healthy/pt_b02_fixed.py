"""Concrete strength regression (synthetic table) with an MLP and a custom Dataset."""
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset, DataLoader


class ConcreteDataset(Dataset):
    columns = ["cement", "water", "age", "slag", "fine"]

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.X = rng.normal(size=(n, len(self.columns))).astype(np.float32)
        w = np.array([1.5, -1.0, 0.8, 0.4, -0.2], dtype=np.float32)
        self.y = self.X @ w + 0.5 * self.X[:, 0] * self.X[:, 2]
        self.y = self.y.astype(np.float32)

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        return torch.from_numpy(self.X[i]), torch.tensor(self.y[i])


class Regressor(nn.Module):
    def __init__(self, n_in, width=32, depth=2):
        super().__init__()
        layers = []
        for k in range(depth):
            layers.append(nn.Linear(n_in if k == 0 else width, width))
            layers.append(nn.ReLU())
        self.body = nn.Sequential(*layers)
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        return self.out(self.body(x)).squeeze(1)


def r2_score(y, p):
    y, p = y.flatten(), p.flatten()
    return 1 - ((y - p) ** 2).sum() / ((y - y.mean()) ** 2).sum()


def main():
    torch.manual_seed(1)
    train_loader = DataLoader(ConcreteDataset(500, 0), batch_size=50, shuffle=True)
    test_loader = DataLoader(ConcreteDataset(150, 1), batch_size=50)
    model = Regressor(len(ConcreteDataset.columns))
    opt = torch.optim.Adam(model.parameters(), lr=5e-3)
    criterion = nn.MSELoss()
    for epoch in range(20):
        total = 0.0
        for xb, yb in train_loader:
            loss = criterion(model(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item()
        if epoch % 4 == 3:
            print(f"epoch {epoch + 1:2d}: train mse {total / len(train_loader):.4f}")
    with torch.no_grad():
        preds = torch.cat([model(xb) for xb, _ in test_loader])
        truth = torch.cat([yb for _, yb in test_loader])
    print(f"test R2: {r2_score(truth, preds).item():.3f}")
    print("std of predictions %.3f, std of truth %.3f" % (preds.std(), truth.std()))


if __name__ == "__main__":
    main()
