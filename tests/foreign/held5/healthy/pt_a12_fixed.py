# Forecasting a noisy sine wave, one step ahead
import numpy as np
import torch
import torch.nn as nn

np.random.seed(2)
torch.manual_seed(2)

LOOKBACK = 20


def load_series(n=600):
    t = np.arange(n)
    series = np.sin(2 * np.pi * t / 25) + 0.5 * np.sin(2 * np.pi * t / 60)
    return series + 0.05 * np.random.randn(n)


def create_dataset(series, lookback):
    X, y = [], []
    for i in range(len(series) - lookback):
        X.append(series[i:i + lookback])
        y.append(series[i + lookback])
    X = np.array(X, dtype=np.float32)[:, :, None]
    y = np.array(y, dtype=np.float32)[:, None]
    return torch.from_numpy(X), torch.from_numpy(y)


class Forecaster(nn.Module):
    def __init__(self, n_features=1, hidden=32):
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, x):
        out, (h, c) = self.lstm(x)
        return self.linear(out[:, -1, :])


series = load_series()
split = int(len(series) * 0.75)
mean, std = series[:split].mean(), series[:split].std()
series = (series - mean) / std
X_train, y_train = create_dataset(series[:split], LOOKBACK)
X_test, y_test = create_dataset(series[split - LOOKBACK:], LOOKBACK)
print("train", tuple(X_train.shape), "test", tuple(X_test.shape))

loader = torch.utils.data.DataLoader(
    torch.utils.data.TensorDataset(X_train, y_train), shuffle=True, batch_size=32)
model = Forecaster()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
loss_fn = nn.MSELoss()

n_epochs = 12
for epoch in range(n_epochs):
    model.train()
    for X_batch, y_batch in loader:
        y_pred = model(X_batch)
        loss = loss_fn(y_pred, y_batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 3 != 2:
        continue
    model.eval()
    with torch.no_grad():
        train_rmse = torch.sqrt(loss_fn(model(X_train), y_train))
        test_rmse = torch.sqrt(loss_fn(model(X_test), y_test))
    print("Epoch %d: train RMSE %.4f, test RMSE %.4f" % (epoch, train_rmse, test_rmse))
