"""Is a film review positive or negative? One block of a transformer's encoder, in PyTorch."""

import argparse

import torch
from dataset import CLASSES, LENGTH, PADDING, VOCABULARY_SIZE, load
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

MODEL_SIZE = 32
HEADS = 4
HEAD_SIZE = MODEL_SIZE // HEADS
FEED_FORWARD_SIZE = 64
DROPOUT = 0.1
EPSILON = 1e-6
EPOCHS = {"tiny": 1, "small": 4, "full": 4}


class TokenAndPositionEmbedding(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY_SIZE, MODEL_SIZE)
        self.positions = nn.Embedding(LENGTH, MODEL_SIZE)

    def forward(self, words):
        positions = torch.arange(words.size(1))
        return self.tokens(words) + self.positions(positions)


class MultiHeadAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(MODEL_SIZE, MODEL_SIZE)
        self.key = nn.Linear(MODEL_SIZE, MODEL_SIZE)
        self.value = nn.Linear(MODEL_SIZE, MODEL_SIZE)
        self.merge = nn.Linear(MODEL_SIZE, MODEL_SIZE)

    def forward(self, states, is_word):
        queries = self.split_heads(self.query(states))
        keys = self.split_heads(self.key(states))
        values = self.split_heads(self.value(states))
        scores = torch.matmul(queries, keys.transpose(-2, -1)) / HEAD_SIZE**0.5
        scores = scores.masked_fill(~is_word[:, None, None, :], -1e9)
        weights = torch.softmax(scores, dim=-1)
        context = torch.matmul(weights, values)
        return self.merge(context.transpose(1, 2).flatten(2))

    def split_heads(self, states):
        """(batch, length, MODEL_SIZE) to (batch, HEADS, length, HEAD_SIZE)."""
        return states.unflatten(-1, (HEADS, HEAD_SIZE)).transpose(1, 2)


class TransformerBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = MultiHeadAttention()
        self.attention_norm = nn.LayerNorm(MODEL_SIZE, eps=EPSILON)
        self.feed_forward = nn.Sequential(
            nn.Linear(MODEL_SIZE, FEED_FORWARD_SIZE),
            nn.ReLU(),
            nn.Linear(FEED_FORWARD_SIZE, MODEL_SIZE),
        )
        self.feed_forward_norm = nn.LayerNorm(MODEL_SIZE, eps=EPSILON)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, states, is_word):
        attended = self.dropout(self.attention(states, is_word))
        states = self.attention_norm(states + attended)
        transformed = self.dropout(self.feed_forward(states))
        return self.feed_forward_norm(states + transformed)


class TransformerClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = TokenAndPositionEmbedding()
        self.block = TransformerBlock()
        self.head = nn.Linear(MODEL_SIZE, CLASSES)

    def forward(self, words):
        is_word = words != PADDING
        states = self.block(self.embedding(words), is_word)
        is_word = is_word.unsqueeze(-1)
        mean = (states * is_word).sum(dim=1) / is_word.sum(dim=1)
        return self.head(mean)


def build_model():
    return TransformerClassifier()


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
