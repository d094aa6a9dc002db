"""The next letter of a name from those before it: a small GPT, in PyTorch."""

import argparse

import torch
from dataset import LENGTH, PADDING, VOCABULARY, load, score
from torch import nn
from torch.utils.data import DataLoader

MODEL_SIZE = 32
HEADS = 4
HEAD_SIZE = MODEL_SIZE // HEADS
FEED_FORWARD_SIZE = 64
BLOCKS = 2
EPSILON = 1e-5
EPOCHS = {"tiny": 1, "small": 6, "full": 8}


class CausalSelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(MODEL_SIZE, MODEL_SIZE)
        self.key = nn.Linear(MODEL_SIZE, MODEL_SIZE)
        self.value = nn.Linear(MODEL_SIZE, MODEL_SIZE)
        self.merge = nn.Linear(MODEL_SIZE, MODEL_SIZE)

    def forward(self, states):
        queries = self.split_heads(self.query(states))
        keys = self.split_heads(self.key(states))
        values = self.split_heads(self.value(states))
        scores = torch.matmul(queries, keys.transpose(-2, -1)) / HEAD_SIZE**0.5
        is_past = torch.ones(states.size(1), states.size(1), dtype=torch.bool).tril()
        scores = scores.masked_fill(~is_past, -1e9)
        weights = torch.softmax(scores, dim=-1)
        context = torch.matmul(weights, values)
        return self.merge(context.transpose(1, 2).flatten(2))

    def split_heads(self, states):
        """(batch, length, MODEL_SIZE) to (batch, HEADS, length, HEAD_SIZE)."""
        return states.unflatten(-1, (HEADS, HEAD_SIZE)).transpose(1, 2)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention_norm = nn.LayerNorm(MODEL_SIZE, eps=EPSILON)
        self.attention = CausalSelfAttention()
        self.feed_forward_norm = nn.LayerNorm(MODEL_SIZE, eps=EPSILON)
        self.feed_forward = nn.Sequential(
            nn.Linear(MODEL_SIZE, FEED_FORWARD_SIZE),
            nn.ReLU(),
            nn.Linear(FEED_FORWARD_SIZE, MODEL_SIZE),
        )

    def forward(self, states):
        states = states + self.attention(self.attention_norm(states))
        return states + self.feed_forward(self.feed_forward_norm(states))


class TinyGPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(len(VOCABULARY), MODEL_SIZE)
        self.positions = nn.Embedding(LENGTH, MODEL_SIZE)
        self.blocks = nn.ModuleList([Block() for _ in range(BLOCKS)])
        self.norm = nn.LayerNorm(MODEL_SIZE, eps=EPSILON)
        self.head = nn.Linear(MODEL_SIZE, len(VOCABULARY), bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, letters):
        states = self.tokens(letters) + self.positions(torch.arange(letters.size(1)))
        for block in self.blocks:
            states = block(states)
        return self.head(self.norm(states))


def build_model():
    return TinyGPT()


def train(model, data, *, epochs, batch_size, learning_rate):
    loader = DataLoader(torch.from_numpy(data.train), batch_size=batch_size)
    loss_function = nn.CrossEntropyLoss(ignore_index=PADDING)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    for _ in range(epochs):
        for letters in loader:
            optimizer.zero_grad()
            logits = model(letters[:, :-1])
            loss = loss_function(logits.flatten(0, 1), letters[:, 1:].flatten())
            loss.backward()
            optimizer.step()


@torch.no_grad()
def complete(model, letters):
    """Write on behind the first letters of names, always with the likeliest one."""
    while letters.size(1) < LENGTH:
        following = model(letters)[:, -1].argmax(dim=-1, keepdim=True)
        letters = torch.cat([letters, following], dim=1)
    return letters


@torch.no_grad()
def evaluate(model, data):
    model.eval()
    names = torch.from_numpy(data.test)
    predicted = model(names[:, :-1]).argmax(dim=-1)
    completed = complete(model, names[:, :2])
    return score(predicted.numpy(), data.test, completed.numpy())


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
