import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import TensorDataset, DataLoader
import time

np.random.seed(3)
torch.manual_seed(3)

# Hourly energy consumption, 2 columns: consumption, dayofweek
T = 2400
hours = np.arange(T)
consumption = (50 + 15 * np.sin(2 * np.pi * hours / 24) + 6 * np.sin(2 * np.pi * hours / 9)
               + np.random.randn(T) * 0.7)
df = np.stack([consumption, (hours // 24) % 7], 1)

split = int(T * 0.9)
mn, mx = df[:split].min(0), df[:split].max(0)
data = (df - mn) / (mx - mn + 1e-8)

lookback = 48


def move_sliding_window(data, lookback):
    inputs = np.zeros((len(data) - lookback, lookback, data.shape[1]))
    labels = np.zeros(len(data) - lookback)
    for i in range(lookback, len(data)):
        inputs[i - lookback] = data[i - lookback:i]
        labels[i - lookback] = data[i, 0]
    return inputs, labels.reshape(-1, 1)


train_x, train_y = move_sliding_window(data[:split], lookback)
test_x, test_y = move_sliding_window(data[split:], lookback)
print(train_x.shape, train_y.shape)

batch_size = 128
train_data = TensorDataset(torch.from_numpy(train_x).float(), torch.from_numpy(train_y).float())
train_loader = DataLoader(train_data, shuffle=True, batch_size=batch_size, drop_last=True)


class GRUNet(nn.Module):
    def __init__(self, input_dim, hidden_dim, output_dim, n_layers, drop_prob=0.1):
        super(GRUNet, self).__init__()
        self.hidden_dim = hidden_dim
        self.n_layers = n_layers
        self.gru = nn.GRU(input_dim, hidden_dim, n_layers, dropout=drop_prob)  # FAULT
        self.fc = nn.Linear(hidden_dim, output_dim)
        self.relu = nn.ReLU()

    def forward(self, x):
        out, h = self.gru(x)
        out = self.fc(self.relu(out[:, -1]))
        return out


def train(train_loader, learn_rate, hidden_dim=32, EPOCHS=6):
    input_dim = next(iter(train_loader))[0].shape[2]
    model = GRUNet(input_dim, hidden_dim, 1, 2)
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=learn_rate)
    model.train()
    for epoch in range(1, EPOCHS + 1):
        start_time = time.time()
        avg_loss = 0.
        for x, label in train_loader:
            model.zero_grad()
            out = model(x)
            loss = criterion(out, label)
            loss.backward()
            optimizer.step()
            avg_loss += loss.item()
        print("Epoch {}/{} Done, Loss: {:.5f}, {:.2f} seconds".format(
            epoch, EPOCHS, avg_loss / len(train_loader), time.time() - start_time))
    return model


def evaluate(model, test_x, test_y):
    model.eval()
    with torch.no_grad():
        out = model(torch.from_numpy(test_x).float()).numpy()
    pred = out * (mx[0] - mn[0]) + mn[0]
    target = test_y * (mx[0] - mn[0]) + mn[0]
    sMAPE = np.mean(abs(pred - target) / (target + pred) / 2)
    print("sMAPE: {:.3f}%  RMSE {:.3f}".format(sMAPE * 100, np.sqrt(np.mean((pred - target) ** 2))))


gru_model = train(train_loader, 0.01)
evaluate(gru_model, test_x, test_y)
