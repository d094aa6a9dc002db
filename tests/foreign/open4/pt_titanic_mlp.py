# %% [markdown]
# # Titanic - simple neural net in PyTorch

# %%
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader

np.random.seed(0)
torch.manual_seed(0)

# %% I don't upload the csv so let's fake the columns
N = 891
pclass = np.random.choice([1, 2, 3], N, p=[.24, .21, .55])
sex = np.random.randint(0, 2, N)
age = np.clip(np.random.normal(30, 14, N), 1, 80)
sibsp = np.random.poisson(0.5, N)
fare = np.random.exponential(30, N) * (4 - pclass)
logit = 2.5 * sex - 0.9 * (pclass - 2) - 0.02 * (age - 30) - 1.0
survived = (np.random.rand(N) < 1 / (1 + np.exp(-logit))).astype(int)

X = np.stack([pclass, sex, age, sibsp, fare], axis=1)
y = survived

# train / valid split
idx = np.random.permutation(N)
tr, va = idx[:700], idx[700:]
mu, sd = X[tr].mean(0), X[tr].std(0)
X = (X - mu) / sd


# %%
class TitanicDataset(Dataset):
    def __init__(self, X, y):
        self.X = torch.from_numpy(X)  # FAULT
        self.y = torch.from_numpy(y).float()

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.X[i], self.y[i]


class Net(nn.Module):
    def __init__(self, n_in):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(n_in, 64)
        self.bn1 = nn.BatchNorm1d(64)
        self.fc2 = nn.Linear(64, 32)
        self.drop = nn.Dropout(p=0.3)
        self.fc3 = nn.Linear(32, 1)

    def forward(self, x):
        x = F.relu(self.bn1(self.fc1(x)))
        x = self.drop(F.relu(self.fc2(x)))
        return self.fc3(x).squeeze(1)


# %%
train_dl = DataLoader(TitanicDataset(X[tr], y[tr]), batch_size=64, shuffle=True)
valid_dl = DataLoader(TitanicDataset(X[va], y[va]), batch_size=64)

model = Net(X.shape[1])
loss_func = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

best = 0
for epoch in range(1, 21):
    model.train()
    losses = []
    for xb, yb in train_dl:
        preds = model(xb)
        loss = loss_func(preds, yb)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    # validation
    model.eval()
    with torch.no_grad():
        correct = 0
        for xb, yb in valid_dl:
            correct += ((torch.sigmoid(model(xb)) > 0.5).float() == yb).sum().item()
    acc = correct / len(va)
    if acc > best:
        best = acc
        best_weights = {k: v.clone() for k, v in model.state_dict().items()}
    if epoch % 5 == 0:
        print('Epoch', epoch, 'loss', round(np.mean(losses), 4), 'val acc', round(acc, 4))

model.load_state_dict(best_weights)
print('best val accuracy', best)
