import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

N_FEATURES, N_CLASSES = 12, 5


def make_split(rows, seed):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, N_FEATURES, generator=g)
    y = torch.randint(1, N_CLASSES + 1, (rows,), generator=g)  # FAULT
    return TensorDataset(x, y)


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        blocks = []
        for a, b in zip(widths[:-1], widths[1:]):
            blocks += [nn.Linear(a, b), nn.ReLU()]
        self.net = nn.Sequential(*blocks[:-1])

    def forward(self, x):
        return self.net(x)


def fit(model, loader, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        for xb, yb in loader:
            optimizer.zero_grad()
            logits = model(xb)
            loss = criterion(logits, yb)
            loss.backward()
            optimizer.step()


fit(MLP([N_FEATURES, 32, N_CLASSES]), DataLoader(make_split(100, 0), batch_size=20), epochs=2)
