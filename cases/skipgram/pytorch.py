"""Word vectors from the company a word keeps: skip-gram with negative sampling, in PyTorch."""

import argparse

import torch
from dataset import VOCABULARY_SIZE, load, score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EMBEDDING_SIZE = 32
EPOCHS = {"tiny": 1, "small": 3, "full": 3}


class SkipGram(nn.Module):
    """Scores of `words` (rows, words) as neighbours of `centre` (rows,)."""

    def __init__(self):
        super().__init__()
        self.centre = nn.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.context = nn.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        # Small vectors, as word2vec starts: PyTorch's own, of length sqrt(32), give large scores.
        nn.init.uniform_(self.centre.weight, -0.05, 0.05)
        nn.init.uniform_(self.context.weight, -0.05, 0.05)

    def forward(self, centre, words):
        centre_vector = self.centre(centre)
        word_vectors = self.context(words)
        return torch.einsum("re,rwe->rw", centre_vector, word_vectors)


def build_model():
    return SkipGram()


def negative_sampling_loss(scores):
    """The first word of a row stood there, the others were drawn."""
    stood, drawn = scores[:, :1], scores[:, 1:]
    labels = torch.cat([torch.ones_like(stood), torch.zeros_like(drawn)], dim=1)
    return nn.functional.binary_cross_entropy_with_logits(scores, labels)


def train(model, data, *, epochs, batch_size, learning_rate):
    dataset = TensorDataset(
        torch.from_numpy(data.train.centre),
        torch.from_numpy(data.train.words),
    )
    loader = DataLoader(dataset, batch_size=batch_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(epochs):
        for centre, words in loader:
            optimizer.zero_grad()
            scores = model(centre, words)
            loss = negative_sampling_loss(scores)
            loss.backward()
            optimizer.step()


@torch.no_grad()
def evaluate(model, data):
    model.eval()
    centre, words = torch.from_numpy(data.test.centre), torch.from_numpy(data.test.words)
    scores = model(centre, words)
    loss = negative_sampling_loss(scores)
    return {"loss": loss.item(), **score(scores.numpy())}


def main(seed=0, size="small"):
    torch.manual_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=EPOCHS[size], batch_size=512, learning_rate=5e-3)
    return evaluate(model, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=list(EPOCHS), default="small")
    arguments = parser.parse_args()
    print(main(arguments.seed, arguments.size))
