import numpy as np
import torch
from torch import nn

# house prices from area, rooms, age and distance to the centre (made up)
np.random.seed(0)
torch.manual_seed(0)
N = 600
area = np.random.uniform(40, 200, N)
rooms = np.round(area/30 + np.random.randn(N)*0.7).clip(1)
age = np.random.uniform(0, 80, N)
dist = np.random.exponential(6, N)
price = 2.1*area + 12*rooms - 0.8*age - 9*np.log1p(dist) + 50 + np.random.randn(N)*8   # in thousands

X = np.stack([area, rooms, age, dist], axis=1)
y = price.reshape(-1, 1)

# train / test
n_train = 480
X_train, X_test = X[:n_train], X[n_train:]
y_train, y_test = y[:n_train], y[n_train:]

# scale with the statistics of the training part only
x_mean, x_std = X_train.mean(0), X_train.std(0)
y_mean, y_std = y_train.mean(), y_train.std()
X_train = torch.tensor((X_train-x_mean)/x_std, dtype=torch.float32)
X_test = torch.tensor((X_test-x_mean)/x_std, dtype=torch.float32)
y_train = torch.tensor((y_train-y_mean)/y_std, dtype=torch.float32)
y_test_scaled = torch.tensor((y_test-y_mean)/y_std, dtype=torch.float32)

model = nn.Sequential(
    nn.Linear(4, 32),
    nn.ReLU(),
    nn.Linear(32, 16),
    nn.ReLU(),
    nn.Linear(16, 1)
)

loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)

n_epochs = 30
batch_size = 24
batch_start = torch.arange(0, len(X_train), batch_size)

best_mse = np.inf
best_weights = None
history = []

for epoch in range(n_epochs):
    model.train()
    shuffle = torch.randperm(len(X_train))
    X_shuffled, y_shuffled = X_train[shuffle], y_train[shuffle]
    for start in batch_start:
        X_batch = X_shuffled[start:start+batch_size]
        y_batch = y_shuffled[start:start+batch_size]
        # forward pass
        y_pred = model(X_batch)
        loss = loss_fn(y_pred, y_batch)
        # backward pass
        optimizer.zero_grad()
        loss.backward()
        # update weights
        optimizer.step()
    # accuracy at the end of the epoch
    model.eval()
    with torch.no_grad():
        mse = float(loss_fn(model(X_test), y_test_scaled))
    history.append(mse)
    if mse < best_mse:
        best_mse = mse
        best_weights = {k: v.clone() for k, v in model.state_dict().items()}
    if epoch % 5 == 4:
        print('epoch', epoch+1, 'batch loss', round(loss.item(), 4), 'test mse', round(mse, 4))

model.load_state_dict(best_weights)
model.eval()
with torch.no_grad():
    pred = model(X_test).numpy()*y_std + y_mean
    mae = np.abs(pred - y_test).mean()
    r2 = 1 - ((pred-y_test)**2).sum()/((y_test-y_test.mean())**2).sum()
print("MSE: %.4f" % best_mse)
print("RMSE: %.4f" % np.sqrt(best_mse))
print('mean error in thousands:', mae.round(2), ' R2:', r2.round(3))
