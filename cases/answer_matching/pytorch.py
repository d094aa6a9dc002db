"""Which answer belongs to a question? One encoder for both and an in-batch softmax, in PyTorch."""

import argparse

import torch
from dataset import PADDING, VOCABULARY_SIZE, load, score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EMBEDDING_SIZE = 128
ENCODING_SIZE = 128
TEMPERATURE = 0.1
EPOCHS = {"tiny": 1, "small": 15, "full": 40}


class TextEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY_SIZE, EMBEDDING_SIZE)
        self.head = nn.Linear(EMBEDDING_SIZE, ENCODING_SIZE)

    def forward(self, words):
        embedded = self.embedding(words)
        is_word = (words != PADDING).unsqueeze(-1)
        mean = (embedded * is_word).sum(dim=1) / is_word.sum(dim=1)
        encoding = self.head(mean)
        return nn.functional.normalize(encoding, dim=-1)


class AnswerMatcher(nn.Module):
    """Similarity of every question (row) to every answer (column) of a batch."""

    def __init__(self):
        super().__init__()
        self.encoder = TextEncoder()

    def forward(self, question, answer):
        asked = self.encoder(question)
        answered = self.encoder(answer)
        return torch.matmul(asked, answered.transpose(0, 1)) / TEMPERATURE


def build_model():
    return AnswerMatcher()


def in_batch_softmax(similarities):
    own_answer = torch.arange(len(similarities))
    return nn.functional.cross_entropy(similarities, own_answer)


def train(model, data, *, epochs, batch_size, learning_rate):
    dataset = TensorDataset(
        torch.from_numpy(data.train.question),
        torch.from_numpy(data.train.answer),
    )
    loader = DataLoader(dataset, batch_size=batch_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(epochs):
        for question, answer in loader:
            optimizer.zero_grad()
            similarities = model(question, answer)
            loss = in_batch_softmax(similarities)
            loss.backward()
            optimizer.step()


@torch.no_grad()
def evaluate(model, data):
    model.eval()
    question, answer = torch.from_numpy(data.test.question), torch.from_numpy(data.test.answer)
    similarities = model(question, answer)
    return score(similarities.numpy())


def main(seed=0, size="small"):
    torch.manual_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=EPOCHS[size], batch_size=32, learning_rate=2e-3)
    return evaluate(model, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=list(EPOCHS), default="small")
    arguments = parser.parse_args()
    print(main(arguments.seed, arguments.size))
