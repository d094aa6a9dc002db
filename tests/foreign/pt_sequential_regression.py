import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)
columns = ["age", "income", "tenure", "visits", "score", "rate", "height", "weight"]
table = {name: rng.normal(size=200) for name in columns}
target = rng.normal(size=200)
features = np.stack([table[name] for name in columns], axis=1)

X = torch.from_numpy(features)  # FAULT
y = torch.from_numpy(target).unsqueeze(1)

model = nn.Sequential(
    nn.Linear(len(columns), 32),
    nn.ReLU(),
    nn.Linear(32, 16),
    nn.ReLU(),
    nn.Linear(16, 1),
)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
loss_fn = nn.MSELoss()

for step in range(20):
    pred = model(X)
    loss = loss_fn(pred, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
