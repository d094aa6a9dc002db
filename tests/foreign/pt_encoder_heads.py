"""A small encoder in the manner of the transformer libraries: config, embeddings, layers, head."""
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class EncoderConfig:
    vocab_size: int = 500
    hidden_size: int = 48
    num_heads: int = 5  # FAULT
    num_layers: int = 2
    intermediate_size: int = 96
    num_labels: int = 3


class SelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.num_heads = config.num_heads
        self.head_size = config.hidden_size // config.num_heads
        self.query = nn.Linear(config.hidden_size, config.hidden_size)
        self.key = nn.Linear(config.hidden_size, config.hidden_size)
        self.value = nn.Linear(config.hidden_size, config.hidden_size)

    def split(self, x):
        batch, length, _ = x.shape
        return x.view(batch, length, self.num_heads, self.head_size).transpose(1, 2)  # FAULT

    def forward(self, hidden_states):
        q, k, v = (self.split(p(hidden_states)) for p in (self.query, self.key, self.value))
        attention = torch.softmax(q @ k.transpose(-1, -2) / self.head_size**0.5, dim=-1)
        context = (attention @ v).transpose(1, 2)
        return context.reshape(hidden_states.shape)


class EncoderLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.attention = SelfAttention(config)
        self.norm = nn.LayerNorm(config.hidden_size)
        self.mlp = nn.Sequential(
            nn.Linear(config.hidden_size, config.intermediate_size),
            nn.GELU(),
            nn.Linear(config.intermediate_size, config.hidden_size),
        )

    def forward(self, hidden_states):
        hidden_states = hidden_states + self.attention(self.norm(hidden_states))
        return hidden_states + self.mlp(hidden_states)


class EncoderForClassification(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embeddings = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.num_layers))
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)

    def forward(self, input_ids, labels=None):
        hidden = self.embeddings(input_ids)
        for layer in self.layers:
            hidden = layer(hidden)
        logits = self.classifier(hidden[:, 0])
        loss = nn.functional.cross_entropy(logits, labels) if labels is not None else None
        return {"loss": loss, "logits": logits}


config = EncoderConfig()
model = EncoderForClassification(config)
ids = torch.randint(0, config.vocab_size, (8, 20))
output = model(ids, labels=torch.randint(0, config.num_labels, (8,)))
output["loss"].backward()
