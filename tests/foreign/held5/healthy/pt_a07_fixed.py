"""Segment bright discs with a small U-Net."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(42)
SIZE = 32


def disc_batch(n):
    yy, xx = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    cx = torch.randint(8, 24, (n, 1, 1))
    cy = torch.randint(8, 24, (n, 1, 1))
    r = torch.randint(3, 8, (n, 1, 1))
    mask = ((xx - cx) ** 2 + (yy - cy) ** 2 <= r ** 2).float().unsqueeze(1)
    image = mask + 0.4 * torch.randn_like(mask)
    return image, mask


def double_conv(cin, cout):
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, padding=1), nn.BatchNorm2d(cout), nn.ReLU(inplace=True),
        nn.Conv2d(cout, cout, 3, padding=1), nn.BatchNorm2d(cout), nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, in_ch=1, out_ch=1, widths=(8, 16, 32)):
        super().__init__()
        self.downs = nn.ModuleList()
        self.ups = nn.ModuleList()
        self.up_convs = nn.ModuleList()
        c = in_ch
        for w in widths:
            self.downs.append(double_conv(c, w))
            c = w
        self.bottleneck = double_conv(c, 2 * c)
        c = 2 * c
        for w in reversed(widths):
            self.ups.append(nn.ConvTranspose2d(c, w, kernel_size=2, stride=2))
            self.up_convs.append(double_conv(2 * w, w))
            c = w
        self.final = nn.Conv2d(c, out_ch, kernel_size=1)

    def forward(self, x):
        skips = []
        for down in self.downs:
            x = down(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.bottleneck(x)
        for up, conv, skip in zip(self.ups, self.up_convs, skips[::-1]):
            x = up(x)
            x = torch.cat([skip, x], dim=1)
            x = conv(x)
        return self.final(x)


def dice(pred, target, eps=1e-6):
    inter = (pred * target).sum(dim=(1, 2, 3))
    return ((2 * inter + eps) / (pred.sum(dim=(1, 2, 3)) + target.sum(dim=(1, 2, 3)) + eps)).mean()


def main():
    net = UNet()
    opt = torch.optim.Adam(net.parameters(), lr=5e-3)
    bce = nn.BCEWithLogitsLoss()
    for step in range(40):
        img, mask = disc_batch(8)
        logits = net(img)
        loss = bce(logits, mask) + 1 - dice(torch.sigmoid(logits), mask)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 10 == 0:
            print(f"step {step} loss {loss.item():.3f}")
    net.eval()
    with torch.no_grad():
        img, mask = disc_batch(16)
        score = dice((torch.sigmoid(net(img)) > 0.5).float(), mask)
    print(f"dice on fresh images: {score.item():.3f}")


if __name__ == "__main__":
    main()
