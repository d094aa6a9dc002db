"""Which part of speech is each word? Embedding, two-way LSTM and a linear layer, in PyTorch."""

import argparse

import torch
from dataset import PADDING, TAGS, VOCABULARY_SIZE, load, score
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.data import DataLoader, TensorDataset

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 32
EPOCHS = {"tiny": 1, "small": 6, "full": 6}


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.lstm = nn.LSTM(EMBEDDING_SIZE, HIDDEN_SIZE, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * HIDDEN_SIZE, len(TAGS))

    def forward(self, words):
        lengths = (words != PADDING).sum(dim=1)
        embedded = self.embedding(words)
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        packed_states, _ = self.lstm(packed)
        states, _ = pad_packed_sequence(packed_states, batch_first=True, total_length=words.size(1))
        return self.head(states)


def build_model():
    return Tagger()


def train(model, data, *, epochs, batch_size, learning_rate):
    dataset = TensorDataset(
        torch.from_numpy(data.train.words),
        torch.from_numpy(data.train.tags),
    )
    loader = DataLoader(dataset, batch_size=batch_size)
    loss_function = nn.CrossEntropyLoss(ignore_index=PADDING)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(epochs):
        for words, tags in loader:
            optimizer.zero_grad()
            logits = model(words)
            loss = loss_function(logits.flatten(0, 1), tags.flatten())
            loss.backward()
            optimizer.step()


@torch.no_grad()
def evaluate(model, data):
    model.eval()
    logits = model(torch.from_numpy(data.test.words))
    return score(logits.argmax(dim=-1).numpy(), data.test.tags)


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
