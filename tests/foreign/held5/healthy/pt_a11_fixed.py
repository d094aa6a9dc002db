"""Variational autoencoder on 8x8 blob images."""
from dataclasses import dataclass, field
import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class VAEConfig:
    side: int = 8
    hidden: list = field(default_factory=lambda: [48, 24])
    latent: int = 3
    beta: float = 0.1
    batch: int = 50
    epochs: int = 20
    lr: float = 4e-3


def blobs(n, side):
    ax = torch.linspace(0, 1, side)
    gx, gy = torch.meshgrid(ax, ax, indexing="xy")
    c = torch.rand(n, 2, 1, 1)
    s = 0.18 + 0.08 * torch.rand(n, 1, 1)
    return torch.exp(-((gx - c[:, 0]) ** 2 + (gy - c[:, 1]) ** 2) / (2 * s ** 2)).flatten(1)


class VAE(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        d_in = cfg.side * cfg.side
        dims = [d_in] + cfg.hidden
        self.enc = nn.ModuleList([nn.Linear(a, b) for a, b in zip(dims[:-1], dims[1:])])
        self.mu = nn.Linear(dims[-1], cfg.latent)
        self.logvar = nn.Linear(dims[-1], cfg.latent)
        rev = [cfg.latent] + cfg.hidden[::-1]
        self.dec = nn.ModuleList([nn.Linear(a, b) for a, b in zip(rev[:-1], rev[1:])])
        self.out = nn.Linear(rev[-1], d_in)

    def encode(self, x):
        for layer in self.enc:
            x = F.relu(layer(x))
        return self.mu(x), self.logvar(x)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + std * torch.randn_like(std)

    def decode(self, z):
        for layer in self.dec:
            z = F.relu(layer(z))
        return torch.sigmoid(self.out(z))

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def elbo(recon, x, mu, logvar, beta):
    rec = F.binary_cross_entropy(recon, x, reduction="sum") / x.size(0)
    kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp()) / x.size(0)
    return rec + beta * kl, rec, kl


def train(cfg):
    torch.manual_seed(21)
    data = blobs(1000, cfg.side)
    model = VAE(cfg)
    opt = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        perm = torch.randperm(len(data))
        stats = torch.zeros(3)
        for i in range(0, len(data), cfg.batch):
            x = data[perm[i:i + cfg.batch]]
            recon, mu, logvar = model(x)
            loss, rec, kl = elbo(recon, x, mu, logvar, cfg.beta)
            opt.zero_grad()
            loss.backward()
            opt.step()
            stats += torch.tensor([loss.item(), rec.item(), kl.item()])
        stats /= len(data) // cfg.batch
        print(f"epoch {epoch:2d} loss {stats[0]:.3f} rec {stats[1]:.3f} kl {stats[2]:.3f}")
    return model


if __name__ == "__main__":
    cfg = VAEConfig()
    vae = train(cfg)
    with torch.no_grad():
        img = vae.decode(torch.zeros(1, cfg.latent)).view(cfg.side, cfg.side)
    print("decoded centre, max pixel:", round(img.max().item(), 3))
