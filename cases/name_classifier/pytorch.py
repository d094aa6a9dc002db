"""Is a first name female or male? Letter embeddings, LSTM and a linear layer, in PyTorch."""

import argparse

import torch
from dataset import CLASSES, PADDING, VOCABULARY, load, score
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader, TensorDataset

EMBEDDING_SIZE = 16
HIDDEN_SIZE = 32
EPOCHS = {"tiny": 1, "small": 6, "full": 10}


class NameClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(VOCABULARY), EMBEDDING_SIZE)
        self.lstm = nn.LSTM(EMBEDDING_SIZE, HIDDEN_SIZE, batch_first=True)
        self.head = nn.Linear(HIDDEN_SIZE, CLASSES)

    def forward(self, letters):
        lengths = (letters != PADDING).sum(dim=1)
        embedded = self.embedding(letters)
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        _, (state, _) = self.lstm(packed)
        return self.head(state[-1])


def build_model():
    return NameClassifier()


def train(model, data, *, epochs, batch_size, learning_rate):
    dataset = TensorDataset(
        torch.from_numpy(data.train.letters),
        torch.from_numpy(data.train.labels),
    )
    loader = DataLoader(dataset, batch_size=batch_size)
    loss_function = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(epochs):
        for letters, labels in loader:
            optimizer.zero_grad()
            logits = model(letters)
            loss = loss_function(logits, labels)
            loss.backward()
            optimizer.step()


@torch.no_grad()
def evaluate(model, data):
    model.eval()
    logits = model(torch.from_numpy(data.test.letters))
    return score(logits.argmax(dim=-1).numpy(), data.test.labels)


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
