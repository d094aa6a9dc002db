import torch
import torch.nn as nn


class MatrixFactorization(nn.Module):
    def __init__(self, num_users, num_items, emb_size=16):
        super().__init__()
        self.user_emb = nn.Embedding(num_users, emb_size)
        self.user_bias = nn.Embedding(num_users, 1)
        self.item_emb = nn.Embedding(num_items, emb_size)
        self.item_bias = nn.Embedding(num_items, 1)
        self.mu = nn.Parameter(torch.tensor(3.0))
        for e in (self.user_emb, self.item_emb):
            nn.init.uniform_(e.weight, 0, 0.05)

    def forward(self, u, v):
        U, V = self.user_emb(u), self.item_emb(v)
        b_u = self.user_bias(u).squeeze(-1)
        b_v = self.item_bias(v).squeeze(-1)
        return (U * V).sum(1) + b_u + b_v + self.mu
