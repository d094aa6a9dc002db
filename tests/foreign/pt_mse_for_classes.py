import torch
import torch.nn as nn

net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 5))
criterion = nn.MSELoss()  # FAULT
opt = torch.optim.Adam(net.parameters())

for epoch in range(2):
    xb, yb = torch.randn(16, 8), torch.randint(0, 5, (16,))
    out = net(xb)
    loss = criterion(out, yb)
    opt.zero_grad()
    loss.backward()
    opt.step()
