# Classify noisy waveforms; dropout and batch norm inside, best-epoch bookkeeping
import argparse
import math
import torch
import torch.nn as nn
from torch.utils.data import TensorDataset, DataLoader

parser = argparse.ArgumentParser()
parser.add_argument("--length", type=int, default=48)
parser.add_argument("--dropout", type=float, default=0.7)
parser.add_argument("--epochs", type=int, default=7)
args = parser.parse_args()
torch.manual_seed(12)


def waves(n):
    t = torch.linspace(0, 2 * math.pi, args.length)
    label = torch.randint(0, 3, (n,))
    phase = torch.rand(n, 1) * 2 * math.pi
    s = torch.sin(2 * t + phase)
    sq = torch.sign(s)
    saw = ((2 * t + phase) / math.pi) % 2 - 1
    bank = torch.stack([s, sq, saw], dim=1)
    x = bank[torch.arange(n), label] + 0.25 * torch.randn(n, args.length)
    return x.unsqueeze(1), label


class WaveNetLite(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(1, 16, 5, padding=2), nn.BatchNorm1d(16), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 5, padding=2), nn.BatchNorm1d(32), nn.ReLU(), nn.AdaptiveMaxPool1d(1),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(p), nn.Linear(32, 32), nn.ReLU(), nn.Dropout(p), nn.Linear(32, 3))

    def forward(self, x):
        return self.head(self.features(x))


def evaluate(model, loader):
    model.train()  # FAULT
    hits = total = 0
    with torch.no_grad():
        for x, y in loader:
            hits += (model(x).argmax(1) == y).sum().item()
            total += len(y)
    return hits / total


train_loader = DataLoader(TensorDataset(*waves(480)), batch_size=32, shuffle=True)
val_loader = DataLoader(TensorDataset(*waves(240)), batch_size=48)
model = WaveNetLite(args.dropout)
opt = torch.optim.AdamW(model.parameters(), lr=4e-3)
loss_fn = nn.CrossEntropyLoss()

best = 0.0
for epoch in range(args.epochs):
    model.train()
    running = 0.0
    for x, y in train_loader:
        opt.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        opt.step()
        running += loss.item()
    acc = evaluate(model, val_loader)
    best = max(best, acc)
    print(f"epoch {epoch + 1}: loss {running / len(train_loader):.3f} val {acc:.3f} best {best:.3f}")

again = [round(evaluate(model, val_loader), 4) for _ in range(3)]
print("validation repeated three times:", again)
