"""Is a film review positive or negative? Convolutions of three widths, in PyTorch."""

import argparse

import torch
from dataset import CLASSES, VOCABULARY_SIZE, load
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EMBEDDING_SIZE = 32
FILTERS = 32
WIDTHS = (3, 4, 5)
DROPOUT = 0.5
EPOCHS = {"tiny": 1, "small": 6, "full": 3}


class TextCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.convolutions = nn.ModuleList(
            [nn.Conv1d(EMBEDDING_SIZE, FILTERS, width) for width in WIDTHS]
        )
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(FILTERS * len(WIDTHS), CLASSES)

    def forward(self, words):
        embedded = self.embedding(words).transpose(1, 2)
        features = [torch.relu(convolution(embedded)) for convolution in self.convolutions]
        pooled = torch.cat([feature.amax(dim=-1) for feature in features], dim=-1)
        return self.head(self.dropout(pooled))


def build_model():
    return TextCNN()


def train(model, data, *, epochs, batch_size, learning_rate):
    dataset = TensorDataset(
        torch.from_numpy(data.train.words),
        torch.from_numpy(data.train.labels),
    )
    loader = DataLoader(dataset, batch_size=batch_size)
    loss_function = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(epochs):
        for words, labels in loader:
            optimizer.zero_grad()
            logits = model(words)
            loss = loss_function(logits, labels)
            loss.backward()
            optimizer.step()


@torch.no_grad()
def evaluate(model, data):
    model.eval()
    labels = torch.from_numpy(data.test.labels)
    logits = model(torch.from_numpy(data.test.words))
    loss = nn.functional.cross_entropy(logits, labels)
    accuracy = (logits.argmax(dim=-1) == labels).float().mean()
    return {"loss": loss.item(), "accuracy": accuracy.item()}


def main(seed=0, size="small"):
    torch.manual_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=EPOCHS[size], batch_size=32, learning_rate=1e-3)
    return evaluate(model, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=list(EPOCHS), default="small")
    arguments = parser.parse_args()
    print(main(arguments.seed, arguments.size))
