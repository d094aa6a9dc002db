import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader

np.random.seed(17)
torch.manual_seed(17)

# --- telco churn like data -------------------------------------------------
n = 2500
tenure = np.random.randint(0, 72, n)
monthly = np.random.uniform(20, 120, n)
contract = np.random.choice(3, n, p=[.55, .2, .25])       # month-to-month, 1y, 2y
internet = np.random.choice(3, n)                          # dsl, fiber, no
support = np.random.randint(0, 2, n)
score = 0.8 - 0.05 * tenure + 0.02 * (monthly - 70) - 1.4 * contract + 0.9 * (internet == 1) - 0.8 * support
churn = (1 / (1 + np.exp(-score)) > np.random.rand(n)).astype(np.int64)

cat_cols = np.stack([contract, internet, support], 1)
num_cols = np.stack([tenure, monthly], 1).astype(np.float32)
tr = slice(0, 2000)
te = slice(2000, n)
num_cols = (num_cols - num_cols[tr].mean(0)) / num_cols[tr].std(0)

cardinalities = [3, 3, 2]
emb_szs = [(c, min(50, (c + 1) // 2)) for c in cardinalities]


class TabularModel(nn.Module):
    def __init__(self, emb_szs, n_cont, out_sz, layers, p=0.2):
        super().__init__()
        self.embeds = nn.ModuleList([nn.Embedding(ni, nf) for ni, nf in emb_szs])
        self.emb_drop = nn.Dropout(p)
        layerlist = []
        n_in = sum(nf for _, nf in emb_szs) + n_cont
        for i in layers:
            layerlist.append(nn.Linear(n_in, i))
            layerlist.append(nn.ReLU(inplace=True))
            layerlist.append(nn.Dropout(p))
            n_in = i
        layerlist.append(nn.Linear(layers[-1], out_sz))
        self.layers = nn.Sequential(*layerlist)

    def forward(self, x_cat, x_cont):
        embeddings = [e(x_cat[:, i]) for i, e in enumerate(self.embeds)]
        x = self.emb_drop(torch.cat(embeddings, 1))
        x = torch.cat([x, x_cont], 1)
        return self.layers(x)


train_ds = TensorDataset(torch.tensor(cat_cols[tr]), torch.tensor(num_cols[tr]), torch.tensor(churn[tr]))
train_dl = DataLoader(train_ds, batch_size=50, shuffle=True)

model = TabularModel(emb_szs, num_cols.shape[1], 2, [64, 32])
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

for epoch in range(8):
    model.train()
    agg = 0.0
    for cats, conts, y in train_dl:
        y_pred = model(cats, conts)
        loss = criterion(y_pred, y)
        loss.backward()  # FAULT
        optimizer.step()  # FAULT
        agg += loss.item()
    print(f'epoch: {epoch:3}  loss: {agg / len(train_dl):10.4f}')

model.eval()
with torch.no_grad():
    y_val = model(torch.tensor(cat_cols[te]), torch.tensor(num_cols[te]))
    loss = criterion(y_val, torch.tensor(churn[te]))
    acc = (y_val.argmax(1) == torch.tensor(churn[te])).float().mean()
print(f'CE Loss: {loss:.4f}  accuracy: {acc:.4f}  base rate: {max(churn[te].mean(), 1 - churn[te].mean()):.4f}')
