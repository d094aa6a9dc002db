import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(21)


def make_curves(n, points=40):
    """Sum of two sines with random phase and amplitude: they live on a small manifold."""
    t = torch.linspace(0, 1, points)
    a = 0.5 + torch.rand(n, 2, 1)
    phase = 6.28 * torch.rand(n, 2, 1)
    freq = torch.tensor([[1.0], [3.0]])
    return (a * torch.sin(6.28 * freq * t + phase)).sum(dim=1)


def mlp(sizes, act=nn.ELU):
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))
        if i < len(sizes) - 2:
            layers += [nn.LayerNorm(sizes[i + 1]), act()]
    return nn.Sequential(*layers)


class DenoisingAutoencoder(nn.Module):
    def __init__(self, n_in, n_code=6):
        super().__init__()
        self.enc = mlp([n_in, 64, 32, n_code])
        self.dec = mlp([n_code, 32, 64, n_in])

    def forward(self, x):
        return self.dec(self.enc(x))


def add_noise(x, sigma=0.3):
    return x + sigma * torch.randn_like(x)


clean_train, clean_valid = make_curves(2000), make_curves(300)
mean, std = clean_train.mean(), clean_train.std()
clean_train = (clean_train - mean) / std
clean_valid = (clean_valid - mean) / std

net = DenoisingAutoencoder(clean_train.shape[1])
optimizer = torch.optim.RMSprop(net.parameters(), lr=2e-3)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
noisy_valid = add_noise(clean_valid)


def validate():
    net.eval()
    with torch.inference_mode():
        return F.mse_loss(net(noisy_valid), clean_valid).item()


print(f"nothing done: {F.mse_loss(noisy_valid, clean_valid).item():.4f}   untrained: {validate():.4f}")
for epoch in range(15):
    net.train()
    epoch_loss = 0.0
    batches = torch.randperm(len(clean_train)).split(100)
    for idx in batches:
        x = clean_train[idx]
        loss = F.mse_loss(net(add_noise(x)), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    valid_loss = validate()
    scheduler.step(valid_loss)
    if epoch % 2 == 0:
        lr = optimizer.param_groups[0]["lr"]
        print(f"[{epoch:02d}] train {epoch_loss / len(batches):.4f} valid {valid_loss:.4f} lr {lr:g}")
