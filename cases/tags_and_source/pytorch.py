"""Part of speech of each word and source of the sentence: one GRU, two outputs, in PyTorch."""

import argparse

import torch
from dataset import PADDING, SOURCES, TAGS, VOCABULARY_SIZE, load, score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 48
SOURCE_WEIGHT = 0.5
EPOCHS = {"tiny": 1, "small": 6, "full": 6}


class TagsAndSource(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.gru = nn.GRU(EMBEDDING_SIZE, HIDDEN_SIZE, batch_first=True)
        self.tags = nn.Linear(HIDDEN_SIZE, len(TAGS))
        self.source = nn.Linear(HIDDEN_SIZE, len(SOURCES))

    def forward(self, words):
        embedded = self.embedding(words)
        states, _ = self.gru(embedded)
        is_word = (words != PADDING).unsqueeze(-1)
        mean = (states * is_word).sum(dim=1) / is_word.sum(dim=1)
        return self.tags(states), self.source(mean)


def build_model():
    return TagsAndSource()


def train(model, data, *, epochs, batch_size, learning_rate):
    dataset = TensorDataset(
        torch.from_numpy(data.train.words),
        torch.from_numpy(data.train.tags),
        torch.from_numpy(data.train.source),
    )
    loader = DataLoader(dataset, batch_size=batch_size)
    tags_loss = nn.CrossEntropyLoss(ignore_index=PADDING)
    source_loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(epochs):
        for words, tags, source in loader:
            optimizer.zero_grad()
            tag_logits, source_logits = model(words)
            loss = tags_loss(tag_logits.flatten(0, 1), tags.flatten())
            loss = loss + SOURCE_WEIGHT * source_loss(source_logits, source)
            loss.backward()
            optimizer.step()


@torch.no_grad()
def evaluate(model, data):
    model.eval()
    tag_logits, source_logits = model(torch.from_numpy(data.test.words))
    tags, source = tag_logits.argmax(dim=-1), source_logits.argmax(dim=-1)
    return score(tags.numpy(), source.numpy(), data.test)


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
