"""
Quickstart
==========
Training a small fully connected network on tiny grey images.
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class StripesDataset(Dataset):
    """12x12 images: horizontal stripes, vertical stripes, a checkerboard, or a filled square."""

    classes = ["horizontal", "vertical", "checkerboard", "square"]

    def __init__(self, size, seed, transform=None):
        generator = torch.Generator().manual_seed(seed)
        self.targets = torch.randint(0, 4, (size,), generator=generator)
        rows = torch.arange(12).view(12, 1).expand(12, 12)
        cols = rows.t()
        square = ((rows > 2) & (rows < 9) & (cols > 2) & (cols < 9)).float()
        patterns = torch.stack(
            [(rows % 4 < 2).float(), (cols % 4 < 2).float(), ((rows + cols) % 2).float(), square]
        )
        noise = torch.randn(size, 12, 12, generator=generator) * 0.4
        self.images = patterns[self.targets] + noise
        self.transform = transform

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, idx):
        image = self.images[idx].unsqueeze(0)
        if self.transform:
            image = self.transform(image)
        return image, self.targets[idx]


torch.manual_seed(0)
normalize = lambda image: (image - 0.5) / 0.5
training_data = StripesDataset(800, seed=1, transform=normalize)
test_data = StripesDataset(200, seed=2, transform=normalize)

batch_size = 64

# Create data loaders.
train_dataloader = DataLoader(training_data, batch_size=batch_size, shuffle=True)
test_dataloader = DataLoader(test_data, batch_size=batch_size)

for X, y in test_dataloader:
    print(f"Shape of X [N, C, H, W]: {X.shape}")
    print(f"Shape of y: {y.shape} {y.dtype}")
    break

device = "cuda" if torch.cuda.is_available() else "cpu"
print(f"Using {device} device")


# Define model
class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(12 * 12, 64),
            nn.ReLU(),
            nn.Linear(64, 64),
            nn.ReLU(),
            nn.Linear(64, 4),
        )

    def forward(self, x):
        x = self.flatten(x)
        logits = self.linear_relu_stack(x)
        return logits


model = NeuralNetwork().to(device)
print(model)

loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=5e-2)


def train_loop(dataloader, model, loss_fn, optimizer):
    size = len(dataloader.dataset)
    model.train()
    for batch, (X, y) in enumerate(dataloader):
        X, y = X.to(device), y.to(device)

        # Compute prediction error
        pred = model(X)
        loss = loss_fn(pred, y)

        # Backpropagation
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

        if batch % 5 == 0:
            loss, current = loss.item(), (batch + 1) * len(X)
            print(f"loss: {loss:>7f}  [{current:>5d}/{size:>5d}]")


def test_loop(dataloader, model, loss_fn):
    size = len(dataloader.dataset)
    num_batches = len(dataloader)
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for X, y in dataloader:
            X, y = X.to(device), y.to(device)
            pred = model(X)
            test_loss += loss_fn(pred, y).item()
            correct += (pred.argmax(1) == y).type(torch.float).sum().item()
    test_loss /= num_batches
    correct /= size
    print(f"Test Error: \n Accuracy: {(100*correct):>0.1f}%, Avg loss: {test_loss:>8f} \n")


epochs = 5
for t in range(epochs):
    print(f"Epoch {t+1}\n-------------------------------")
    train_loop(train_dataloader, model, loss_fn, optimizer)
    test_loop(test_dataloader, model, loss_fn)
print("Done!")

model.eval()
x, y = test_data[0]
with torch.no_grad():
    pred = model(x.to(device))
    predicted, actual = StripesDataset.classes[pred[0].argmax(0)], StripesDataset.classes[y]
    print(f'Predicted: "{predicted}", Actual: "{actual}"')
