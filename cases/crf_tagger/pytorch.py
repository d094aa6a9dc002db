"""Which part of speech is each word? A two-way GRU and a linear-chain CRF, in PyTorch."""

import argparse

import torch
from dataset import PADDING, TAGS, VOCABULARY_SIZE, load, score
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.data import DataLoader, TensorDataset

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 32
EPOCHS = {"tiny": 1, "small": 5, "full": 5}


class LinearChainCRF(nn.Module):
    """Scores of the first tag, of the last one, and of every tag after every other."""

    def __init__(self, tags):
        super().__init__()
        self.start = nn.Parameter(torch.zeros(tags))
        self.end = nn.Parameter(torch.zeros(tags))
        self.transitions = nn.Parameter(torch.zeros(tags, tags))

    def forward(self, emissions, tags, is_word):
        """The negative log-likelihood of each sentence's tags."""
        return self.partition(emissions, is_word) - self.path_score(emissions, tags, is_word)

    def path_score(self, emissions, tags, is_word):
        emitted = emissions.gather(-1, tags.unsqueeze(-1)).squeeze(-1)
        moved = self.transitions[tags[:, :-1], tags[:, 1:]]
        last = tags.gather(1, is_word.sum(dim=1, keepdim=True) - 1).squeeze(1)
        total = (emitted * is_word).sum(dim=1) + (moved * is_word[:, 1:]).sum(dim=1)
        return self.start[tags[:, 0]] + total + self.end[last]

    def partition(self, emissions, is_word):
        scores = self.start + emissions[:, 0]
        for step in range(1, emissions.size(1)):
            paths = scores.unsqueeze(2) + self.transitions + emissions[:, step].unsqueeze(1)
            going_on = is_word[:, step].unsqueeze(1)
            scores = torch.where(going_on, paths.logsumexp(dim=1), scores)
        return (scores + self.end).logsumexp(dim=1)

    def decode(self, emissions, is_word):
        """The best path of each sentence, by Viterbi's algorithm."""
        scores = self.start + emissions[:, 0]
        stay = torch.arange(emissions.size(2)).expand_as(scores)
        history = []
        for step in range(1, emissions.size(1)):
            paths = scores.unsqueeze(2) + self.transitions + emissions[:, step].unsqueeze(1)
            best_scores, best_tags = paths.max(dim=1)
            going_on = is_word[:, step].unsqueeze(1)
            scores = torch.where(going_on, best_scores, scores)
            history.append(torch.where(going_on, best_tags, stay))
        path = [(scores + self.end).argmax(dim=1, keepdim=True)]
        for best_tags in reversed(history):
            path.append(best_tags.gather(1, path[-1]))
        return torch.cat(path[::-1], dim=1)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.gru = nn.GRU(EMBEDDING_SIZE, HIDDEN_SIZE, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * HIDDEN_SIZE, len(TAGS))
        self.crf = LinearChainCRF(len(TAGS))

    def forward(self, words):
        lengths = (words != PADDING).sum(dim=1)
        embedded = self.embedding(words)
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        packed_states, _ = self.gru(packed)
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
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(epochs):
        for words, tags in loader:
            optimizer.zero_grad()
            emissions = model(words)
            loss = model.crf(emissions, tags, words != PADDING).mean()
            loss.backward()
            optimizer.step()


@torch.no_grad()
def evaluate(model, data):
    model.eval()
    words = torch.from_numpy(data.test.words)
    predicted = model.crf.decode(model(words), words != PADDING)
    return score(predicted.numpy(), data.test.tags)


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
