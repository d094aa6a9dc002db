"""Is a film review positive or negative? The mean of its word embeddings tells, in PyTorch."""

import argparse

import torch
from dataset import PADDING, VOCABULARY_SIZE, load
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EMBEDDING_SIZE = 32
EPOCHS = {"tiny": 1, "small": 4, "full": 3}


class BagOfEmbeddings(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.head = nn.Linear(EMBEDDING_SIZE, 1)

    def forward(self, words):
        embedded = self.embedding(words)
        is_word = (words != PADDING).unsqueeze(-1)
        mean = (embedded * is_word).sum(dim=1) / is_word.sum(dim=1)
        return self.head(mean)


def build_model():
    return BagOfEmbeddings()


def train(model, data, *, epochs, batch_size, learning_rate):
    dataset = TensorDataset(
        torch.from_numpy(data.train.words),
        torch.from_numpy(data.train.labels),
    )
    loader = DataLoader(dataset, batch_size=batch_size)
    loss_function = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(epochs):
        for words, labels in loader:
            optimizer.zero_grad()
            logits = model(words).squeeze(-1)
            loss = loss_function(logits, labels)
            loss.backward()
            optimizer.step()


@torch.no_grad()
def evaluate(model, data):
    model.eval()
    labels = torch.from_numpy(data.test.labels)
    logits = model(torch.from_numpy(data.test.words)).squeeze(-1)
    loss = nn.functional.binary_cross_entropy_with_logits(logits, labels)
    accuracy = ((logits > 0) == (labels == 1)).float().mean()
    return {"loss": loss.item(), "accuracy": accuracy.item()}


def main(seed=0, size="small"):
    torch.manual_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=EPOCHS[size], batch_size=32, learning_rate=5e-3)
    return evaluate(model, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=list(EPOCHS), default="small")
    arguments = parser.parse_args()
    print(main(arguments.seed, arguments.size))
