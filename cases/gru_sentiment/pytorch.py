"""Is a film review positive or negative? Embedding, GRU and a linear layer, in PyTorch."""

import argparse

import torch
from dataset import CLASSES, VOCABULARY_SIZE, load
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 32
EPOCHS = {"tiny": 1, "small": 6, "full": 4}


class SentimentClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.gru = nn.GRU(EMBEDDING_SIZE, HIDDEN_SIZE, batch_first=True)
        self.head = nn.Linear(HIDDEN_SIZE, CLASSES)

    def forward(self, words):
        embedded = self.embedding(words)
        _, state = self.gru(embedded)
        return self.head(state[-1])


def build_model():
    return SentimentClassifier()


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
