import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader

""" Parts of the U-Net model """


class DoubleConv(nn.Module):
    """(convolution => [BN] => ReLU) * 2"""

    def __init__(self, in_channels, out_channels, mid_channels=None):
        super().__init__()
        if not mid_channels:
            mid_channels = out_channels
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, mid_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(mid_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(mid_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True)
        )

    def forward(self, x):
        return self.double_conv(x)


class Down(nn.Module):
    """Downscaling with maxpool then double conv"""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(in_channels, out_channels))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    """Upscaling then double conv"""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, kernel_size=2, stride=2)
        self.conv = DoubleConv(in_channels // 2, out_channels)  # FAULT

    def forward(self, x1, x2):
        x1 = self.up(x1)
        # input is CHW
        diffY = x2.size()[2] - x1.size()[2]
        diffX = x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [diffX // 2, diffX - diffX // 2, diffY // 2, diffY - diffY // 2])
        x = torch.cat([x2, x1], dim=1)
        return self.conv(x)


class UNet(nn.Module):
    def __init__(self, n_channels, n_classes, base=8):
        super(UNet, self).__init__()
        self.inc = DoubleConv(n_channels, base)
        self.down1 = Down(base, base * 2)
        self.down2 = Down(base * 2, base * 4)
        self.up1 = Up(base * 4, base * 2)
        self.up2 = Up(base * 2, base)
        self.outc = nn.Conv2d(base, n_classes, kernel_size=1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x = self.up1(x3, x2)
        x = self.up2(x, x1)
        return self.outc(x)


class CellDataset(Dataset):
    def __init__(self, n, size=30):
        g = torch.Generator().manual_seed(n)
        yy, xx = torch.meshgrid(torch.arange(size), torch.arange(size), indexing='ij')
        self.imgs, self.masks = [], []
        for _ in range(n):
            m = torch.zeros(size, size)
            for _ in range(3):
                cy, cx, r = torch.randint(4, size - 4, (1,), generator=g), torch.randint(4, size - 4, (1,), generator=g), 4
                m[(yy - cy) ** 2 + (xx - cx) ** 2 < r * r] = 1
            self.masks.append(m.unsqueeze(0))
            self.imgs.append((m * 0.6 + 0.3 * torch.rand(size, size, generator=g)).unsqueeze(0))

    def __len__(self):
        return len(self.imgs)

    def __getitem__(self, i):
        return {'image': self.imgs[i], 'mask': self.masks[i]}


def dice_coeff(pred, target, eps=1e-6):
    inter = 2 * (pred * target).sum()
    return (inter + eps) / (pred.sum() + target.sum() + eps)


def train_net(net, epochs=3, batch_size=8, lr=1e-3):
    train_loader = DataLoader(CellDataset(96), batch_size=batch_size, shuffle=True)
    val_loader = DataLoader(CellDataset(24), batch_size=batch_size)
    optimizer = torch.optim.RMSprop(net.parameters(), lr=lr, weight_decay=1e-8, momentum=0.9)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        net.train()
        epoch_loss = 0
        for batch in train_loader:
            masks_pred = net(batch['image'])
            loss = criterion(masks_pred, batch['mask'])
            loss = loss + 1 - dice_coeff(torch.sigmoid(masks_pred), batch['mask'])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_value_(net.parameters(), 0.1)
            optimizer.step()
            epoch_loss += loss.item()
        net.eval()
        with torch.no_grad():
            val = [dice_coeff((torch.sigmoid(net(b['image'])) > 0.5).float(), b['mask']).item() for b in val_loader]
        print(f'epoch {epoch + 1} loss {epoch_loss / len(train_loader):.3f} val dice {sum(val) / len(val):.3f}')


if __name__ == '__main__':
    torch.manual_seed(0)
    train_net(UNet(n_channels=1, n_classes=1))
