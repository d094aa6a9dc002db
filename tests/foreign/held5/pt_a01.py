# Tutorial: training a small convolutional network on tiny synthetic pictures.
# We draw three kinds of pictures: horizontal bars, vertical bars and checkerboards.
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import TensorDataset, DataLoader

torch.manual_seed(0)
np.random.seed(0)

IMG = 24
CLASSES = ["horizontal", "vertical", "checker"]


def draw(kind):
    img = np.zeros((IMG, IMG), dtype=np.float32)
    step = np.random.randint(3, 6)
    off = np.random.randint(0, step)
    if kind == 0:
        img[off::step, :] = 1.0
    elif kind == 1:
        img[:, off::step] = 1.0
    else:
        img[off::step, off::step] = 1.0
    img += 0.1 * np.random.randn(IMG, IMG).astype(np.float32)
    return img


def make_split(n):
    labels = np.random.randint(0, 3, size=n)
    images = np.stack([draw(k) for k in labels])[:, None]
    return TensorDataset(torch.from_numpy(images), torch.from_numpy(labels).long())


trainset, testset = make_split(384), make_split(96)
trainloader = DataLoader(trainset, batch_size=32, shuffle=True)
testloader = DataLoader(testset, batch_size=32, shuffle=False)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(8, 16, 3)
        self.fc1 = nn.Linear(16 * 5 * 5, 64)  # FAULT
        self.fc2 = nn.Linear(64, 32)
        self.fc3 = nn.Linear(32, 3)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

for epoch in range(4):
    running_loss = 0.0
    for i, data in enumerate(trainloader, 0):
        inputs, labels = data
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    print(f"[{epoch + 1}] loss: {running_loss / len(trainloader):.3f}")

print("Finished Training")

correct = total = 0
net.eval()
with torch.no_grad():
    for images, labels in testloader:
        predicted = net(images).argmax(1)
        total += labels.size(0)
        correct += (predicted == labels).sum().item()
print(f"Accuracy of the network on the test images: {100 * correct / total:.1f} %")
