"""Names from a point in space: a variational autoencoder of letters, in PyTorch."""

import argparse

import torch
from dataset import PADDING, VOCABULARY, load, score
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader

EMBEDDING_SIZE = 16
HIDDEN_SIZE = 48
LATENT_SIZE = 16
KL_WEIGHT = 0.1
ANNEALING = 200  # steps until the weight is reached
EPOCHS = {"tiny": 1, "small": 6, "full": 12}


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(VOCABULARY), EMBEDDING_SIZE)
        self.gru = nn.GRU(EMBEDDING_SIZE, HIDDEN_SIZE, batch_first=True)
        self.mean = nn.Linear(HIDDEN_SIZE, LATENT_SIZE)
        self.log_variance = nn.Linear(HIDDEN_SIZE, LATENT_SIZE)

    def forward(self, letters):
        lengths = (letters != PADDING).sum(dim=1)
        embedded = self.embedding(letters)
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        _, state = self.gru(packed)
        return self.mean(state[-1]), self.log_variance(state[-1])


class Sampling(nn.Module):
    def forward(self, mean, log_variance):
        if not self.training:
            return mean
        return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(VOCABULARY), EMBEDDING_SIZE)
        self.start = nn.Linear(LATENT_SIZE, HIDDEN_SIZE)
        self.gru = nn.GRU(EMBEDDING_SIZE, HIDDEN_SIZE, batch_first=True)
        self.head = nn.Linear(HIDDEN_SIZE, len(VOCABULARY))

    def forward(self, latent, letters):
        state = self.start(latent)
        states, _ = self.gru(self.embedding(letters), state.unsqueeze(0))
        return self.head(states)


class SentenceVAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.sampling = Sampling()
        self.decoder = Decoder()

    def forward(self, letters):
        mean, log_variance = self.encoder(letters)
        latent = self.sampling(mean, log_variance)
        return self.decoder(latent, letters[:, :-1]), mean, log_variance


def reconstruction_loss(logits, letters):
    """Nats per name, (batch,)."""
    losses = nn.functional.cross_entropy(
        logits.transpose(1, 2), letters, ignore_index=PADDING, reduction="none"
    )
    return losses.sum(dim=1)


def kl_divergence(mean, log_variance):
    """From the normal distribution, nats per name, (batch,)."""
    return -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(dim=1)


def build_model():
    return SentenceVAE()


def train(model, data, *, epochs, batch_size, learning_rate):
    loader = DataLoader(torch.from_numpy(data.train), batch_size=batch_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    model.train()
    step = 0
    for _ in range(epochs):
        for letters in loader:
            step += 1
            weight = KL_WEIGHT * min(1.0, step / ANNEALING)
            optimizer.zero_grad()
            logits, mean, log_variance = model(letters)
            reconstruction = reconstruction_loss(logits, letters[:, 1:]).mean()
            loss = reconstruction + weight * kl_divergence(mean, log_variance).mean()
            loss.backward()
            optimizer.step()


@torch.no_grad()
def evaluate(model, data):
    model.eval()
    logits, _, _ = model(torch.from_numpy(data.test))
    return score(logits.numpy(), data.test[:, 1:])


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
