# Gradient accumulation, uneven last batch, class weights and soft metrics
import argparse
import torch
import torch.nn as nn
from torch.utils.data import TensorDataset, DataLoader

ap = argparse.ArgumentParser()
ap.add_argument("--micro-batch", type=int, default=8)
ap.add_argument("--accumulate", type=int, default=4)
ap.add_argument("--epochs", type=int, default=6)
args = ap.parse_args()
torch.manual_seed(9)


def rare_event(n):
    x = torch.randn(n, 7)
    y = ((x[:, 0] * x[:, 1] + x[:, 2]) > 1.6).float()
    return x, y


xtr, ytr = rare_event(1003)
xte, yte = rare_event(401)
loader = DataLoader(TensorDataset(xtr, ytr), batch_size=args.micro_batch, shuffle=True)

model = nn.Sequential(nn.Linear(7, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 1), nn.Flatten(0))
pos_weight = (ytr == 0).sum() / (ytr == 1).sum()
crit = nn.BCEWithLogitsLoss(pos_weight=pos_weight)
opt = torch.optim.Adam(model.parameters(), lr=6e-3)

for epoch in range(args.epochs):
    seen, total = 0, 0.0
    opt.zero_grad()
    for i, (x, y) in enumerate(loader, start=1):
        loss = crit(model(x), y)
        (loss / args.accumulate).backward()
        total += loss.item() * len(y)
        seen += len(y)
        if i % args.accumulate == 0 or i == len(loader):
            opt.step()
            opt.zero_grad()
    print(f"epoch {epoch + 1} weighted loss {total / seen:.4f}")

with torch.no_grad():
    hit = model(xte) > 0
recall = (hit & (yte == 1)).sum() / (yte == 1).sum()
spec = (~hit & (yte == 0)).sum() / (yte == 0).sum()
print(f"positives {int(yte.sum())} of {len(yte)}; recall {recall:.3f}, specificity {spec:.3f}")
