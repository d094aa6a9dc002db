# Semantic segmentation with a U-Net, shortened from a kernel
import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class config:
    seed = 42
    img_size = 32
    in_channels = 3
    num_classes = 4
    batch_size = 4
    epochs = 1
    lr = 3e-4
    device = "cuda" if torch.cuda.is_available() else "cpu"


class ShapesDataset(Dataset):
    def __init__(self, n):
        rng = np.random.RandomState(config.seed)
        self.images = rng.rand(n, config.img_size, config.img_size, config.in_channels).astype("float32")
        self.masks = rng.randint(0, config.num_classes, (n, config.img_size, config.img_size))

    def __len__(self):
        return len(self.images)

    def __getitem__(self, idx):
        image = torch.from_numpy(self.images[idx]).permute(2, 0, 1)
        mask = torch.from_numpy(self.masks[idx]).long()
        return image, mask


class DoubleConv(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, x):
        return self.double_conv(x)


class UNet(nn.Module):
    def __init__(self, n_channels, n_classes):
        super().__init__()
        self.inc = DoubleConv(n_channels, 16)
        self.down1 = DoubleConv(16, 32)
        self.down2 = DoubleConv(32, 64)
        self.pool = nn.MaxPool2d(2)
        self.up1 = nn.ConvTranspose2d(64, 32, kernel_size=2, stride=2)
        self.conv1 = DoubleConv(64, 32)
        self.up2 = nn.ConvTranspose2d(32, 16, kernel_size=2, stride=2)
        self.conv2 = DoubleConv(16, 16)  # FAULT
        self.outc = nn.Conv2d(16, n_classes, kernel_size=1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(self.pool(x1))
        x3 = self.down2(self.pool(x2))
        x = self.up1(x3)
        x = self.conv1(torch.cat([x, x2], dim=1))
        x = self.up2(x)
        x = self.conv2(torch.cat([x, x1], dim=1))
        return self.outc(x)


def train_fn(loader, model, optimizer, criterion):
    model.train()
    running = 0.0
    for images, masks in loader:
        images, masks = images.to(config.device), masks.to(config.device)
        optimizer.zero_grad()
        outputs = model(images)
        loss = criterion(outputs, masks)
        loss.backward()
        optimizer.step()
        running += loss.item()
    return running / len(loader)


def main():
    torch.manual_seed(config.seed)
    train_loader = DataLoader(ShapesDataset(12), batch_size=config.batch_size, shuffle=True)
    model = UNet(config.in_channels, config.num_classes).to(config.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.lr)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(config.epochs):
        loss = train_fn(train_loader, model, optimizer, criterion)
        print(f"epoch {epoch + 1}: {loss:.4f}")


main()
