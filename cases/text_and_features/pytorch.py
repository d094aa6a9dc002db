"""Is a film review positive or negative? Its words and some figures of it, in PyTorch."""

import argparse

import torch
from dataset import CLASSES, FEATURES, PADDING, VOCABULARY_SIZE, load
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 32
EPOCHS = {"tiny": 1, "small": 5, "full": 5}


class Normalization(nn.Module):
    """Every feature with mean 0 and variance 1, as it is in the training data."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(len(FEATURES)))
        self.register_buffer("deviation", torch.ones(len(FEATURES)))

    def adapt(self, features):
        self.mean = features.mean(dim=0)
        self.deviation = features.std(dim=0, correction=0)

    def forward(self, features):
        return (features - self.mean) / self.deviation


class TextAndFeatures(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.normalization = Normalization()
        self.hidden = nn.Linear(EMBEDDING_SIZE + len(FEATURES), HIDDEN_SIZE)
        self.head = nn.Linear(HIDDEN_SIZE, CLASSES)

    def forward(self, words, features):
        embedded = self.embedding(words)
        is_word = (words != PADDING).unsqueeze(-1)
        mean = (embedded * is_word).sum(dim=1) / is_word.sum(dim=1)
        combined = torch.cat([mean, self.normalization(features)], dim=-1)
        return self.head(torch.relu(self.hidden(combined)))


def build_model():
    return TextAndFeatures()


def train(model, data, *, epochs, batch_size, learning_rate):
    features = torch.from_numpy(data.train.features)
    model.normalization.adapt(features)
    dataset = TensorDataset(
        torch.from_numpy(data.train.words),
        features,
        torch.from_numpy(data.train.labels),
    )
    loader = DataLoader(dataset, batch_size=batch_size)
    loss_function = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(epochs):
        for words, features, labels in loader:
            optimizer.zero_grad()
            logits = model(words, features)
            loss = loss_function(logits, labels)
            loss.backward()
            optimizer.step()


@torch.no_grad()
def evaluate(model, data):
    model.eval()
    words, features = torch.from_numpy(data.test.words), torch.from_numpy(data.test.features)
    labels = torch.from_numpy(data.test.labels)
    logits = model(words, features)
    loss = nn.functional.cross_entropy(logits, labels)
    accuracy = (logits.argmax(dim=-1) == labels).float().mean()
    return {"loss": loss.item(), "accuracy": accuracy.item()}


def main(seed=0, size="small"):
    torch.manual_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=EPOCHS[size], batch_size=32, learning_rate=3e-3)
    return evaluate(model, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=list(EPOCHS), default="small")
    arguments = parser.parse_args()
    print(main(arguments.seed, arguments.size))
