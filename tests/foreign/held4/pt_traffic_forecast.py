import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

np.random.seed(0)
torch.manual_seed(0)

# number of cars per hour on one road, 60 days
t = np.arange(24 * 60)
cars = 300 + 200 * np.sin(2 * np.pi * (t - 7) / 24) + 80 * np.sin(4 * np.pi * t / 24)
cars += 60 * ((t // 24) % 7 < 5) + np.random.normal(0, 20, len(t))
cars = cars.astype('float32')

train_size = int(len(cars) * 0.8)
mean, std = cars[:train_size].mean(), cars[:train_size].std()
timeseries = (cars - mean) / std
train, test = timeseries[:train_size], timeseries[train_size:]

SEQ_LEN = 24


def create_dataset(dataset, lookback):
    """Transform a time series into a prediction dataset"""
    X, y = [], []
    for i in range(len(dataset) - lookback):
        X.append(dataset[i:i + lookback])
        y.append(dataset[i + lookback])
    return torch.tensor(np.array(X)), torch.tensor(np.array(y)).unsqueeze(1)  # FAULT


X_train, y_train = create_dataset(train, lookback=SEQ_LEN)
X_test, y_test = create_dataset(test, lookback=SEQ_LEN)
print(X_train.shape, y_train.shape)


class TrafficLSTM(nn.Module):
    def __init__(self, input_size=1, hidden_size=32, num_layers=1):
        super().__init__()
        self.lstm = nn.LSTM(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True)
        self.linear = nn.Linear(hidden_size, 1)

    def forward(self, x):
        out, (h_n, c_n) = self.lstm(x)  # FAULT
        return self.linear(h_n[-1])


model = TrafficLSTM()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.5)
loss_fn = nn.MSELoss()
loader = DataLoader(TensorDataset(X_train, y_train), shuffle=True, batch_size=64)

n_epochs = 6
for epoch in range(n_epochs):
    model.train()
    for X_batch, y_batch in loader:
        y_pred = model(X_batch)
        loss = loss_fn(y_pred, y_batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    # Validation
    model.eval()
    with torch.no_grad():
        train_rmse = np.sqrt(loss_fn(model(X_train), y_train))
        test_rmse = np.sqrt(loss_fn(model(X_test), y_test))
    scheduler.step(test_rmse)
    print("Epoch %d: train RMSE %.4f, test RMSE %.4f" % (epoch, train_rmse * std, test_rmse * std))
