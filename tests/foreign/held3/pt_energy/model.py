from torch import nn


class MLP(nn.Module):
    def __init__(self, history, hidden, n_layers=2, dropout=0.1):
        super().__init__()
        layers = []
        width = history
        for _ in range(n_layers):
            layers += [nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout)]
            width = hidden
        layers.append(nn.Linear(width, 1))
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x).squeeze(-1)
