"""Conv autoencoder on odd-sized pictures with a hand-written Charbonnier + edge loss."""
import torch
import torch.nn as nn

torch.manual_seed(15)
H, W = 21, 27


def strokes(n):
    img = torch.zeros(n, 1, H, W)
    for i in range(n):
        r, c = int(torch.randint(2, H - 6, (1,))), int(torch.randint(2, W - 8, (1,)))
        img[i, 0, r:r + 4, c:c + 6] = torch.rand(1) * 0.5 + 0.5
    return img


class EdgeLoss(nn.Module):
    def __init__(self, eps=0.2, weight=0.05):
        super().__init__()
        self.eps, self.weight = eps, weight

    @staticmethod
    def edges(x):
        return x[..., 1:, :] - x[..., :-1, :], x[..., :, 1:] - x[..., :, :-1]

    def forward(self, pred, target):
        charb = torch.sqrt((pred - target) ** 2 + self.eps ** 2).mean() - self.eps
        (pv, ph), (tv, th) = self.edges(pred), self.edges(target)
        return charb + self.weight * ((pv - tv).abs().mean() + (ph - th).abs().mean())


class AE(nn.Module):
    def __init__(self, ch=12, code=24):
        super().__init__()
        self.down = nn.Sequential(
            nn.Conv2d(1, ch, 3, stride=2, padding=1), nn.ReLU(),      # 11 x 14
            nn.Conv2d(ch, ch, 3, stride=2, padding=1), nn.ReLU(),     # 6 x 7
        )
        self.squeeze = nn.Linear(ch * 6 * 7, code)
        self.expand = nn.Linear(code, ch * 6 * 7)
        self.ch = ch
        self.up1 = nn.ConvTranspose2d(ch, ch, 3, stride=2, padding=1)
        self.up2 = nn.ConvTranspose2d(ch, 1, 3, stride=2, padding=1)

    def forward(self, x):
        d1 = self.down[:2](x)
        d2 = self.down[2:](d1)
        z = self.squeeze(d2.flatten(1))
        y = torch.relu(self.expand(z)).view(-1, self.ch, 6, 7)
        y = torch.relu(self.up1(y, output_size=d1.shape[-2:]))
        return self.up2(y, output_size=x.shape[-2:])


net, crit = AE(), EdgeLoss()
opt = torch.optim.Adam(net.parameters(), lr=4e-3)
data, test = strokes(512), strokes(64)
for epoch in range(36):
    tot = 0.0
    for idx in torch.randperm(len(data)).split(32):
        out = net(data[idx])
        loss = crit(out, data[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
        tot += loss.item()
    if epoch % 12 == 11:
        print("epoch", epoch + 1, "loss", round(tot / 16, 4))
with torch.no_grad():
    rec = net(test)
print("shape", tuple(rec.shape), "test mse", round(nn.functional.mse_loss(rec, test).item(), 5))
print("mse of a constant guess", round(test.var().item(), 5))
