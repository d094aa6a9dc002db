"""
Speech-command style keyword spotting on raw waveforms with an M5-like 1D conv net.
"""
import math
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import Dataset, DataLoader

labels = ["yes", "no", "up", "down", "stop"]
SAMPLE_RATE = 4000


class ToneCommands(Dataset):
    """each keyword is a sweep with its own start/end frequency"""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        t = torch.arange(SAMPLE_RATE) / SAMPLE_RATE
        sweeps = [(200, 400), (400, 200), (300, 900), (900, 300), (600, 600)]
        self.items = []
        for i in range(n):
            lab = i % len(labels)
            f0, f1 = sweeps[lab]
            phase = 2 * math.pi * (f0 * t + (f1 - f0) * t ** 2 / 2)
            wav = torch.sin(phase + torch.rand(1, generator=g) * 6.28)
            wav = wav + 0.2 * torch.randn(SAMPLE_RATE, generator=g)
            self.items.append((wav.unsqueeze(0), labels[lab]))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, n):
        return self.items[n]


def label_to_index(word):
    return torch.tensor(labels.index(word))


def collate_fn(batch):
    tensors, targets = [], []
    for waveform, label in batch:
        tensors += [waveform]
        targets += [label_to_index(label)]
    return torch.stack(tensors), torch.stack(targets)


class M5(nn.Module):
    def __init__(self, n_input=1, n_output=35, stride=8, n_channel=16):
        super().__init__()
        self.conv1 = nn.Conv1d(n_input, n_channel, kernel_size=80, stride=stride)
        self.bn1 = nn.BatchNorm1d(n_channel)
        self.pool1 = nn.MaxPool1d(4)
        self.conv2 = nn.Conv1d(n_channel, n_channel, kernel_size=3)
        self.bn2 = nn.BatchNorm1d(n_channel)
        self.pool2 = nn.MaxPool1d(4)
        self.conv3 = nn.Conv1d(n_channel, 2 * n_channel, kernel_size=3)
        self.bn3 = nn.BatchNorm1d(2 * n_channel)
        self.pool3 = nn.MaxPool1d(2)
        self.fc1 = nn.Linear(2 * n_channel * 28, n_output)  # FAULT

    def forward(self, x):
        x = self.pool1(F.relu(self.bn1(self.conv1(x))))
        x = self.pool2(F.relu(self.bn2(self.conv2(x))))
        x = self.pool3(F.relu(self.bn3(self.conv3(x))))
        x = x.view(x.size(0), -1)
        x = self.fc1(x)
        return F.log_softmax(x, dim=-1)


train_loader = DataLoader(ToneCommands(400, 0), batch_size=32, shuffle=True, collate_fn=collate_fn)
test_loader = DataLoader(ToneCommands(100, 1), batch_size=50, collate_fn=collate_fn)

model = M5(n_input=1, n_output=len(labels))
print(model)
n = sum(p.numel() for p in model.parameters() if p.requires_grad)
print("Number of parameters: %s" % n)
optimizer = optim.Adam(model.parameters(), lr=0.01, weight_decay=0.0001)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)


def train(model, epoch, log_interval):
    model.train()
    for batch_idx, (data, target) in enumerate(train_loader):
        output = model(data)
        loss = F.nll_loss(output, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if batch_idx % log_interval == 0:
            print(f"Train Epoch: {epoch} [{batch_idx * len(data)}/{len(train_loader.dataset)}]\tLoss: {loss.item():.6f}")


def test(model, epoch):
    model.eval()
    correct = 0
    for data, target in test_loader:
        pred = model(data).argmax(dim=-1)
        correct += pred.squeeze().eq(target).sum().item()
    print(f"\nTest Epoch: {epoch}\tAccuracy: {correct}/{len(test_loader.dataset)}\n")


for epoch in range(1, 4):
    train(model, epoch, 5)
    test(model, epoch)
    scheduler.step()
