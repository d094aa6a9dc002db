#!/usr/bin/env python
# coding: utf-8

# # Routing support tickets with a Transformer encoder
# We have short tickets and want to know which team should get them.

# In[1]:


import math
import numpy as np
import pandas as pd
import torch
from torch import nn


# In[2]:


np.random.seed(10)
torch.manual_seed(10)

teams = ["billing", "hardware", "account"]
keywords = {
    "billing": ["invoice", "charged", "refund", "price", "card"],
    "hardware": ["screen", "cable", "battery", "printer", "noise"],
    "account": ["password", "login", "email", "locked", "username"],
}
noise = ["hello", "please", "my", "is", "the", "broken", "wrong", "since", "yesterday", "help", "thanks", "again"]

rows = []
for _ in range(700):
    team = np.random.choice(teams)
    words = list(np.random.choice(noise, np.random.randint(3, 9))) + list(np.random.choice(keywords[team], 2))
    np.random.shuffle(words)
    rows.append({"text": " ".join(words), "team": team})
df = pd.DataFrame(rows)
df.head()


# In[3]:


df["team"].value_counts()


# In[4]:


vocab = {"<pad>": 0, "<cls>": 1}
for text in df["text"]:
    for w in text.split():
        vocab.setdefault(w, len(vocab))
len(vocab)


# In[5]:


max_len = 12

def encode(text):
    ids = [vocab["<cls>"]] + [vocab[w] for w in text.split()][: max_len - 1]
    return ids + [vocab["<pad>"]] * (max_len - len(ids))

X = torch.tensor([encode(t) for t in df["text"]])
y = torch.tensor(df["team"].map({t: i for i, t in enumerate(teams)}).values)
X.shape, y.shape


# In[6]:


train_X, valid_X = X[:560], X[560:]
train_y, valid_y = y[:560], y[560:]


# In[7]:


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=50):
        super().__init__()
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(1, max_len, d_model)
        pe[0, :, 0::2] = torch.sin(position * div_term)
        pe[0, :, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return x + self.pe[:, : x.size(1)]


class TicketTransformer(nn.Module):
    def __init__(self, n_tokens, n_classes, d_model=32, nhead=4, layers=2):
        super().__init__()
        self.d_model = d_model
        self.embed = nn.Embedding(n_tokens, d_model)
        self.pos = PositionalEncoding(d_model)
        layer = nn.TransformerEncoderLayer(d_model, nhead, dim_feedforward=64, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.out = nn.Linear(d_model, n_classes)

    def forward(self, x):
        padding = x == 0
        h = self.pos(self.embed(x) * math.sqrt(self.d_model))
        h = self.encoder(h, src_key_padding_mask=padding)
        return self.out(h[:, 0])  # the <cls> position


net = TicketTransformer(len(vocab), len(teams))
sum(p.numel() for p in net.parameters())


# In[8]:


opt = torch.optim.Adam(net.parameters(), lr=1e-3)
crit = nn.CrossEntropyLoss()
history = []

for epoch in range(6):
    net.train()
    order = np.random.permutation(len(train_X))
    running = []
    for chunk in np.array_split(order, 20):
        chunk = torch.as_tensor(chunk)
        opt.zero_grad()
        loss = crit(net(train_X[chunk]), train_y[chunk])
        loss.backward()
        opt.step()
        running.append(loss.item())

    net.eval()
    with torch.no_grad():
        logits = net(valid_X)
        valid_loss = crit(logits, valid_y).item()
        acc = (logits.argmax(1) == valid_y).float().mean().item()
    history.append({"train": np.mean(running), "valid": valid_loss, "accuracy": acc})

pd.DataFrame(history)


# In[9]:


print(pd.DataFrame(history).round(3))


# In[10]:


# confusion matrix
print(pd.crosstab(valid_y.numpy(), logits.argmax(1).numpy(), rownames=["true"], colnames=["predicted"]))
