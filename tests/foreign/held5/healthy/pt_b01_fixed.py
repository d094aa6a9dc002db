# Polynomial regression with hand-made features
import torch
from torch import nn

torch.manual_seed(0)

# data: y = 0.5 x^3 - x + noise
x = torch.linspace(-2, 2, 256).unsqueeze(1)
y = 0.5 * x ** 3 - x + 0.1 * torch.randn_like(x)

perm = torch.randperm(len(x))
train_idx, test_idx = perm[:200], perm[200:]


def features(v):
    return torch.cat([v, v ** 2, v ** 3], dim=1)


class PolyModel(nn.Module):
    def __init__(self, degree=3):
        super().__init__()
        self.linear = nn.Linear(degree, 1)

    def forward(self, v):
        return self.linear(v)


model = PolyModel()
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)

X_train, Y_train = features(x[train_idx]), y[train_idx]
X_test, Y_test = features(x[test_idx]), y[test_idx]

for epoch in range(200):
    batch_losses = []
    for start in range(0, len(X_train), 50):
        xb = X_train[start:start + 50]
        yb = Y_train[start:start + 50]
        pred = model(xb)
        loss = loss_fn(pred, yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        batch_losses.append(loss.item())
    if epoch % 25 == 0:
        print(f"epoch {epoch:3d}  mse {sum(batch_losses) / len(batch_losses):.5f}")

with torch.no_grad():
    test_mse = loss_fn(model(X_test), Y_test).item()
print(f"test mse {test_mse:.5f}")
w = model.linear.weight.detach().squeeze().tolist()
print("coefficients x, x^2, x^3:", [round(c, 3) for c in w])
