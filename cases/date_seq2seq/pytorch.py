"""Human dates to ISO dates: a GRU encoder and decoder with dot-product attention, in PyTorch."""

import argparse

import torch
from dataset import PADDING, SOURCE_VOCABULARY, START_ID, TARGET_VOCABULARY, load, score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EMBEDDING_SIZE = 32
HIDDEN_SIZE = 64
EPOCHS = {"tiny": 1, "small": 5, "full": 5}


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(SOURCE_VOCABULARY), EMBEDDING_SIZE)
        self.gru = nn.GRU(EMBEDDING_SIZE, HIDDEN_SIZE, batch_first=True)

    def forward(self, source):
        embedded = self.embedding(source)
        return self.gru(embedded)


class DotProductAttention(nn.Module):
    def forward(self, queries, keys, is_padding):
        scores = torch.matmul(queries, keys.transpose(1, 2)) / keys.size(-1) ** 0.5
        scores = scores.masked_fill(is_padding.unsqueeze(1), -1e9)
        weights = torch.softmax(scores, dim=-1)
        return torch.matmul(weights, keys)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(TARGET_VOCABULARY), EMBEDDING_SIZE)
        self.gru = nn.GRU(EMBEDDING_SIZE, HIDDEN_SIZE, batch_first=True)
        self.attention = DotProductAttention()
        self.head = nn.Linear(2 * HIDDEN_SIZE, len(TARGET_VOCABULARY))

    def forward(self, target, state, memory, is_padding):
        embedded = self.embedding(target)
        outputs, state = self.gru(embedded, state)
        context = self.attention(outputs, memory, is_padding)
        combined = torch.cat([outputs, context], dim=-1)
        return self.head(combined), state


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    def forward(self, source, target):
        memory, state = self.encoder(source)
        logits, _ = self.decoder(target, state, memory, source == PADDING)
        return logits


def build_model():
    return Translator()


def train(model, data, *, epochs, batch_size, learning_rate):
    dataset = TensorDataset(
        torch.from_numpy(data.train.source),
        torch.from_numpy(data.train.target),
    )
    loader = DataLoader(dataset, batch_size=batch_size)
    loss_function = nn.CrossEntropyLoss(ignore_index=PADDING)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(epochs):
        for source, target in loader:
            optimizer.zero_grad()
            logits = model(source, target[:, :-1])
            loss = loss_function(logits.flatten(0, 1), target[:, 1:].flatten())
            loss.backward()
            optimizer.step()


@torch.no_grad()
def translate(model, source, length):
    memory, state = model.encoder(source)
    is_padding = source == PADDING
    token = torch.full((len(source), 1), START_ID)
    translation = []
    for _ in range(length):
        logits, state = model.decoder(token, state, memory, is_padding)
        token = logits.argmax(dim=-1)
        translation.append(token)
    return torch.cat(translation, dim=1)


def evaluate(model, data):
    model.eval()
    expected = data.test.target[:, 1:]
    predicted = translate(model, torch.from_numpy(data.test.source), expected.shape[1])
    return score(predicted.numpy(), expected)


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
