#!/usr/bin/env python
# coding: utf-8

# # Classifying reviews with self-attention

# In[1]:


import math

import torch
import torch.nn as nn
import torch.nn.functional as F


# In[2]:


torch.manual_seed(0)
vocab_size, max_len, n_reviews = 120, 14, 48
reviews = torch.randint(1, vocab_size, (n_reviews, max_len))
lengths = torch.randint(5, max_len + 1, (n_reviews,))
pad_mask = torch.arange(max_len)[None, :] >= lengths[:, None]
reviews[pad_mask] = 0
sentiment = torch.randint(0, 2, (n_reviews,)).float()


# In[3]:


class ReviewEncoder(nn.Module):
    def __init__(self, vocab_size, d_model=32, n_heads=4):
        super().__init__()
        self.d_model = d_model
        self.tok = nn.Embedding(vocab_size, d_model, padding_idx=0)
        self.pos = nn.Embedding(max_len, d_model)
        self.attn = nn.MultiheadAttention(d_model, n_heads)  # FAULT
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, 1)

    def forward(self, tokens, pad):
        positions = torch.arange(tokens.size(1))
        x = self.tok(tokens) * math.sqrt(self.d_model) + self.pos(positions)
        attended, _ = self.attn(x, x, x, key_padding_mask=pad)
        x = self.norm(x + attended)
        keep = (~pad).unsqueeze(-1)
        pooled = (x * keep).sum(1) / keep.sum(1)
        return self.head(pooled).squeeze(-1)


# In[4]:


model = ReviewEncoder(vocab_size)
opt = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(2):
    perm = torch.randperm(n_reviews)
    for i in range(0, n_reviews, 16):
        idx = perm[i : i + 16]
        opt.zero_grad()
        out = model(reviews[idx], pad_mask[idx])
        loss = F.binary_cross_entropy_with_logits(out, sentiment[idx])
        loss.backward()
        opt.step()
    print(epoch, loss.item())
