# A GAN that learns points on a circle
import math
import torch
from torch import nn

torch.manual_seed(5)
latent_dim = 4
batch = 64
steps = 400


def real_points(n):
    angle = torch.rand(n) * 2 * math.pi
    pts = torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
    return pts + 0.05 * torch.randn_like(pts)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(latent_dim, 32), nn.LeakyReLU(0.2),
            nn.Linear(32, 32), nn.LeakyReLU(0.2),
            nn.Linear(32, 2),
        )

    def forward(self, z):
        return self.net(z)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(2, 32), nn.LeakyReLU(0.2),
            nn.Linear(32, 32), nn.LeakyReLU(0.2),
            nn.Linear(32, 1),
        )

    def forward(self, x):
        return self.net(x)


G = Generator()
D = Discriminator()
opt_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()
ones = torch.ones(batch, 1)
zeros = torch.zeros(batch, 1)

d_hist, g_hist = [], []
for step in range(steps):
    real = real_points(batch)
    fake = G(torch.randn(batch, latent_dim))

    # discriminator
    d_real = bce(D(real), ones)
    d_fake = bce(D(fake), zeros)  # FAULT
    d_loss = 0.5 * (d_real + d_fake)
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()

    # generator
    g_loss = bce(D(fake), ones)
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()

    d_hist.append(d_loss.item())
    g_hist.append(g_loss.item())
    if (step + 1) % 100 == 0:
        print("step %4d | D %.3f | G %.3f" % (step + 1, sum(d_hist[-100:]) / 100, sum(g_hist[-100:]) / 100))

with torch.no_grad():
    pts = G(torch.randn(200, latent_dim))
print("mean radius of generated points: %.3f" % pts.norm(dim=1).mean().item())
