import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)


class SmallNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(4))
        self.fc = nn.Linear(8 * 4 * 4, classes)

    def forward(self, x):
        return self.fc(torch.flatten(self.stem(x), 1))


def train_model(model, loaders, criterion, optimizer, num_epochs=3):
    for epoch in range(num_epochs):
        for phase in ["train", "val"]:
            if phase == "train":
                model.train()
            else:
                model.eval()
            running_loss, running_corrects, count = 0.0, 0, 0
            for inputs, labels in loaders[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "train"):
                    outputs = model(inputs)
                    _, preds = torch.max(outputs, 1)
                    loss = criterion(outputs, labels)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
                running_loss += loss.item() * inputs.size(0)
                running_corrects += torch.sum(preds == labels.data).item()
                count += inputs.size(0)
            print(f"{phase} Loss: {running_loss / count:.4f} Acc: {running_corrects / count:.4f}")
    return model


x = torch.rand(96, 3, 12, 12)
y = (x[:, 0].mean(dim=(1, 2)) > x[:, 1].mean(dim=(1, 2))).long()
dataloaders = {
    "train": DataLoader(TensorDataset(x[:64], y[:64]), batch_size=16, shuffle=True),
    "val": DataLoader(TensorDataset(x[64:], y[64:]), batch_size=16),
}

model_ft = SmallNet()
optimizer_ft = torch.optim.SGD(model_ft.parameters(), lr=0.01, momentum=0.9)  # FAULT
num_ftrs = model_ft.fc.in_features
model_ft.fc = nn.Linear(num_ftrs, 2)  # FAULT
criterion = nn.CrossEntropyLoss()
model_ft = train_model(model_ft, dataloaders, criterion, optimizer_ft)
