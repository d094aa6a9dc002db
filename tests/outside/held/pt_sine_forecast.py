#!/usr/bin/env python3
"""Forecast the next value of a noisy seasonal series with an LSTM."""
from __future__ import print_function

import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim


def load_series(n, seed):
    rs = np.random.RandomState(seed)
    t = np.arange(n)
    season = np.sin(2 * np.pi * t / 24) + 0.5 * np.sin(2 * np.pi * t / 7)
    return (20 + 4 * season + rs.normal(0, 0.4, n)).astype(np.float32)


def sliding_windows(data, seq_length):
    x, y = [], []
    for i in range(len(data) - seq_length):
        x.append(data[i:i + seq_length])
        y.append(data[i + seq_length])
    return torch.tensor(np.array(x)).unsqueeze(-1), torch.tensor(np.array(y)).unsqueeze(-1)


class LSTM(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super(LSTM, self).__init__()
        self.num_layers = num_layers
        self.hidden_size = hidden_size
        self.lstm = nn.LSTM(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h_0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size, device=x.device)
        c_0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size, device=x.device)
        # Propagate input through LSTM
        out, (h_out, _) = self.lstm(x, (h_0, c_0))
        return self.fc(out[:, -1, :])


def train(args, model, x, y, optimizer, epoch):
    model.train()
    perm = torch.randperm(x.size(0))
    total = 0
    for batch_idx, idx in enumerate(perm.split(args.batch_size)):
        optimizer.zero_grad()
        output = model(x[idx])
        loss = nn.functional.mse_loss(output, y[idx])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
        if batch_idx % args.log_interval == 0:
            print('Train Epoch: {} [{}/{} ({:.0f}%)]\tLoss: {:.6f}'.format(
                epoch, batch_idx * args.batch_size, x.size(0), 100. * batch_idx * args.batch_size / x.size(0), loss.item()))
    return total / x.size(0)


def test(model, x, y, scale):
    model.eval()
    with torch.no_grad():
        output = model(x)
        test_loss = nn.functional.mse_loss(output, y).item()
        mae = (output - y).abs().mean().item() * scale
        naive = (x[:, -1] - y).abs().mean().item() * scale
    print('\nTest set: Average loss: {:.4f}, MAE: {:.2f} degrees (last hour again: {:.2f})\n'.format(test_loss, mae, naive))


def main():
    parser = argparse.ArgumentParser(description='PyTorch LSTM forecast')
    parser.add_argument('--batch-size', type=int, default=32, metavar='N', help='input batch size for training (default: 32)')
    parser.add_argument('--epochs', type=int, default=8, metavar='N')
    parser.add_argument('--seq-length', type=int, default=24, metavar='T')
    parser.add_argument('--lr', type=float, default=0.02, metavar='LR')
    parser.add_argument('--gamma', type=float, default=0.8, metavar='M', help='learning rate step gamma')
    parser.add_argument('--no-cuda', action='store_true', default=False)
    parser.add_argument('--seed', type=int, default=1, metavar='S')
    parser.add_argument('--log-interval', type=int, default=10, metavar='N')
    args = parser.parse_args()
    use_cuda = not args.no_cuda and torch.cuda.is_available()
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if use_cuda else "cpu")

    series = load_series(1000, args.seed)
    split = 800
    mean, std = series[:split].mean(), series[:split].std()
    series = (series - mean) / std
    x_train, y_train = sliding_windows(series[:split], args.seq_length)
    x_test, y_test = sliding_windows(series[split:], args.seq_length)
    x_train, y_train = x_train.to(device), y_train.to(device)
    x_test, y_test = x_test.to(device), y_test.to(device)

    model = LSTM(1, 1, 24, 1).to(device)
    optimizer = optim.Adam(model.parameters(), lr=args.lr)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=args.gamma)

    for epoch in range(1, args.epochs + 1):
        train(args, model, x_train, y_train, optimizer, epoch)
        test(model, x_test, y_test, std)
        scheduler.step()


if __name__ == '__main__':
    main()
