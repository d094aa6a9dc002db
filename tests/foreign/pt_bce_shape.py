import torch
import torch.nn as nn

X = torch.rand(60, 5)
Y = (X.mean(dim=1) > 0.5).float()  # FAULT

net = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 1), nn.Sigmoid())
loss_fn = nn.BCELoss()
opt = torch.optim.Adam(net.parameters(), lr=0.01)


def step(xb, yb):
    opt.zero_grad()
    pred = net(xb)  # FAULT
    loss = loss_fn(pred, yb)
    loss.backward()
    opt.step()
    return loss.item()


for i in range(0, 60, 20):
    print(step(X[i : i + 20], Y[i : i + 20]))
