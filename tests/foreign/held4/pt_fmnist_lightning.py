"""Own mini version of lightning, because I can't install it at work."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class LightModule(nn.Module):
    def training_step(self, batch, batch_idx):
        raise NotImplementedError

    def validation_step(self, batch, batch_idx):
        raise NotImplementedError

    def configure_optimizers(self):
        raise NotImplementedError

    def log(self, name, value):
        self._logged.setdefault(name, []).append(float(value))


class Trainer:
    def __init__(self, max_epochs=3, amp=False):
        self.max_epochs = max_epochs
        self.amp = amp

    def fit(self, module, train_loader, val_loader):
        optimizer, scheduler = module.configure_optimizers()
        for epoch in range(self.max_epochs):
            module._logged = {}
            module.train()
            for i, batch in enumerate(train_loader):
                with torch.autocast('cpu', dtype=torch.bfloat16, enabled=self.amp):
                    loss = module.training_step(batch, i)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            scheduler.step()
            self.validate(module, val_loader)
            print(f'epoch {epoch}', {k: round(sum(v) / len(v), 4) for k, v in module._logged.items()})

    def validate(self, module, val_loader):
        with torch.no_grad():  # FAULT
            for i, batch in enumerate(val_loader):
                module.validation_step(batch, i)


class LitFashion(LightModule):
    def __init__(self, hidden=128, lr=2e-3):
        super().__init__()
        self.lr = lr
        self.net = nn.Sequential(
            nn.Flatten(),
            nn.Linear(20 * 20, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Dropout(0.6),
            nn.Linear(hidden, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Dropout(0.6),
            nn.Linear(hidden, 6))

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.cross_entropy(self(x), y)
        self.log('train_loss', loss.detach())
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        self.log('val_loss', F.cross_entropy(logits, y))
        self.log('val_acc', (logits.argmax(1) == y).float().mean())

    def configure_optimizers(self):
        opt = torch.optim.AdamW(self.parameters(), lr=self.lr)
        return opt, torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=4)


def fake_fashion(n, seed):
    """class prototypes (the same for every split) + noise"""
    protos = torch.rand(6, 1, 20, 20, generator=torch.Generator().manual_seed(0))
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(0, 6, (n,), generator=g)
    x = protos[y] + 1.1 * torch.randn(n, 1, 20, 20, generator=g)
    return TensorDataset(x, y)


if __name__ == '__main__':
    torch.manual_seed(12)
    train_loader = DataLoader(fake_fashion(1500, 1), batch_size=64, shuffle=True, drop_last=True)
    val_loader = DataLoader(fake_fashion(300, 2), batch_size=50)
    trainer = Trainer(max_epochs=4, amp=True)
    model = LitFashion()
    trainer.fit(model, train_loader, val_loader)
