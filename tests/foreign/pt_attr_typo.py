import torch
from torch import nn


class GRUClassifier(nn.Module):
    def __init__(self, vocab_size, hidden_dim, n_out):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, hidden_dim)
        self.encoder = nn.GRU(hidden_dim, hidden_dim, batch_first=True)
        self.classifer = nn.Linear(hidden_dim, n_out)  # FAULT

    def forward(self, ids):
        _, last = self.encoder(self.embedding(ids))
        return self.classifier(last[-1])  # FAULT


print(GRUClassifier(30, 8, 3)(torch.randint(0, 30, (2, 5))))
