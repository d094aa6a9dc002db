import torch
import torch.nn as nn

nz, nx, bs = 8, 2, 64

G = nn.Sequential(nn.Linear(nz, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, nx))
D = nn.Sequential(nn.Linear(nx, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1), nn.Sigmoid())

bce = nn.BCELoss()
optG = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999))
optD = torch.optim.Adam(D.parameters(), lr=2e-4, betas=(0.5, 0.999))

theta = torch.rand(2048) * 6.2832
data = torch.stack([theta.cos(), theta.sin()], dim=1) + 0.05 * torch.randn(2048, 2)

ones = torch.ones(bs, 1)
zeros = torch.zeros(bs, 1)

for it in range(200):
    idx = torch.randint(0, data.size(0), (bs,))
    real = data[idx]
    fake = G(torch.randn(bs, nz))

    optD.zero_grad()
    loss_real = bce(D(real), ones)
    loss_fake = bce(D(fake), zeros)  # FAULT
    loss_d = (loss_real + loss_fake) / 2
    loss_d.backward()  # FAULT
    optD.step()

    optG.zero_grad()
    loss_g = bce(D(fake), ones)
    loss_g.backward()
    optG.step()

    if it % 50 == 0:
        print(it, loss_d.item(), loss_g.item())
