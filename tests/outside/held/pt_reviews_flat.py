import torch
import random
import numpy as np
import torch.nn as nn
import torch.nn.functional as F

SEED=42
random.seed(SEED); np.random.seed(SEED); torch.manual_seed(SEED)

# fake movie reviews
good = ['great','lovely','superb','funny','moving','brilliant']
bad = ['boring','awful','dull','terrible','weak','messy']
filler = ['the','movie','was','plot','actor','and','a','with','scene','very','it','film']

texts = []
labels = []
for i in range(600):
    y = i % 2
    words = random.choices(filler, k=random.randint(6,14))
    for _ in range(random.randint(1,3)):
        words.insert(random.randint(0,len(words)), random.choice(good if y==1 else bad))
    texts.append(words)
    labels.append(y)

# vocab, 0 is padding and 1 is unknown
word2idx = {'<pad>':0,'<unk>':1}
for t in texts[:480]:
    for w in t:
        if w not in word2idx:
            word2idx[w] = len(word2idx)
print('vocab size', len(word2idx))

MAXLEN = 16
X = np.zeros((len(texts), MAXLEN), dtype=np.int64)
for i, t in enumerate(texts):
    ids = [word2idx.get(w,1) for w in t][:MAXLEN]
    X[i, MAXLEN-len(ids):] = ids      # pad on the left so that the last step is a real word

y = np.array(labels, dtype=np.float32)

x_train = torch.from_numpy(X[:480]); y_train = torch.from_numpy(y[:480])
x_test = torch.from_numpy(X[480:]); y_test = torch.from_numpy(y[480:])

device = 'cuda' if torch.cuda.is_available() else 'cpu'

class SentimentGRU(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(len(word2idx), 24, padding_idx=0)
        self.gru = nn.GRU(24, 32, batch_first=True)
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(32, 1)
    def forward(self, x):
        x = self.emb(x)
        _, h = self.gru(x)
        x = self.drop(h[-1])
        return self.fc(x)

model = SentimentGRU().to(device)
print(model)

criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
batch_size = 32
epochs = 6

for epoch in range(epochs):
    model.train()
    perm = torch.randperm(len(x_train))
    total = 0
    for i in range(0, len(x_train), batch_size):
        idx = perm[i:i+batch_size]
        xb = x_train[idx].to(device)
        yb = y_train[idx].to(device)
        optimizer.zero_grad()
        out = model(xb)
        loss = criterion(out, yb.unsqueeze(1))
        loss.backward()
        optimizer.step()
        total += loss.item()*len(idx)

    # test
    model.eval()
    with torch.no_grad():
        logits = model(x_test.to(device)).squeeze(1)
        test_loss = F.binary_cross_entropy_with_logits(logits, y_test.to(device))
        pred = (torch.sigmoid(logits) > 0.5).float()
        acc = (pred == y_test.to(device)).float().mean().item()
    print(f'epoch {epoch+1}/{epochs} train loss {total/len(x_train):.4f} test loss {test_loss.item():.4f} test acc {acc:.3f}')

# try one
sentence = 'the plot was great and very funny'
ids = [word2idx.get(w,1) for w in sentence.split()]
ids = [0]*(MAXLEN-len(ids)) + ids
model.eval()
with torch.no_grad():
    p = torch.sigmoid(model(torch.tensor([ids], device=device))).item()
print(sentence, '->', round(p,3))
