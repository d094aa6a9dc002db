# Frozen backbone (with batch norm kept in eval mode), only the head is trained
import torch
import torch.nn as nn

torch.manual_seed(4)


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(),
            nn.AdaptiveAvgPool2d((2, 1)),
        )

    def forward(self, x):
        return self.net(x).flatten(1)


def images(n, new=False):
    y = torch.randint(0, 3, (n,))
    x = 0.3 * torch.randn(n, 3, 15, 11)
    for i in range(n):
        c = int(y[i])
        x[i, (c + 1) % 3 if new else c] += 0.6
    return x, y


backbone = Backbone()
old_head = nn.Linear(48, 3)
opt = torch.optim.Adam([*backbone.parameters(), *old_head.parameters()], lr=3e-3)
lf = nn.CrossEntropyLoss()
for it in range(25):
    x, y = images(32)
    loss = lf(old_head(backbone(x)), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print("pretraining loss", round(loss.item(), 4))

for p in backbone.parameters():
    p.requires_grad_(False)
backbone.eval()
before = [p.clone() for p in backbone.parameters()]

head = nn.Sequential(nn.Linear(48, 16), nn.Tanh(), nn.Linear(16, 3))
opt = torch.optim.SGD((p for p in head.parameters() if p.requires_grad), lr=0.2, momentum=0.9)
for it in range(40):
    x, y = images(32, new=True)
    with torch.no_grad():
        feats = backbone(x)
    loss = lf(head(feats), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 10 == 9:
        print("step", it + 1, "loss", round(loss.item(), 4))

assert all(torch.equal(a, b) for a, b in zip(before, backbone.parameters()))
x, y = images(200, new=True)
with torch.no_grad():
    print("accuracy", (head(backbone(x)).argmax(1) == y).float().mean().item())
