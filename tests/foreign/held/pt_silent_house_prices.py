# Predict prices from a table: columns are standardised, targets in thousands.
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(7)
features = rng.normal(size=(120, 6)).astype("float32")
prices = (features @ rng.normal(size=6) * 3 + 20 + rng.normal(size=120)).astype("float32")

X_train, X_test = torch.from_numpy(features[:100]), torch.from_numpy(features[100:])
y_train, y_test = torch.from_numpy(prices[:100]), torch.from_numpy(prices[100:])

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(6, 32),
    nn.ReLU(),
    nn.Linear(32, 16),
    nn.ReLU(),
    nn.Linear(16, 1),
)
loss_fn = nn.MSELoss()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)

n_epochs, bs = 5, 20
for epoch in range(n_epochs):
    model.train()
    for start in range(0, len(X_train), bs):
        X_batch = X_train[start : start + bs]
        y_batch = y_train[start : start + bs]
        y_pred = model(X_batch)  # FAULT
        loss = loss_fn(y_pred, y_batch)  # FAULT
        opt.zero_grad()
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        mse = float(((model(X_test).squeeze(-1) - y_test) ** 2).mean())
    print(f"epoch {epoch}: test mse {mse:.2f}")
