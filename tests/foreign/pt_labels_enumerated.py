import torch
from torch import nn
raw = [("a b c", "sport"), ("b c d", "politics"), ("c d e", "music"), ("e f a", "sport"), ("a f", "music")] * 10
label_ids = {}
for number, (text, label) in enumerate(raw, start=1):
    label_ids.setdefault(label, 0)
label_ids = {label: number for number, label in enumerate(sorted(label_ids), start=1)}  # FAULT
words = {w: i for i, w in enumerate(sorted({w for t, _ in raw for w in t.split()}))}
X = torch.zeros(len(raw), len(words))
for row, (text, _) in enumerate(raw):
    for w in text.split():
        X[row, words[w]] += 1
y = torch.tensor([label_ids[label] for _, label in raw])
net = nn.Sequential(nn.Linear(len(words), 16), nn.ReLU(), nn.Linear(16, len(label_ids)))
optimizer = torch.optim.Adam(net.parameters())
for epoch in range(5):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(X), y)
    loss.backward()
    optimizer.step()
