from torch import nn


def build_model(in_dim, hidden, out_dim, p_drop):
    modules = []
    width = in_dim
    for size in hidden:
        modules += [nn.Linear(width, size), nn.ReLU(), nn.Dropout(p_drop)]
        width = size
    modules.append(nn.Linear(width, out_dim))
    return nn.Sequential(*modules)
