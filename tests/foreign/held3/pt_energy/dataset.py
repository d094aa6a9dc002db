import numpy as np
from torch.utils.data import Dataset


class EnergyDataset(Dataset):
    """Hourly consumption of houses: what the last hours say of the next one."""

    def __init__(self, houses=6, hours=80, history=12, seed=0):
        rng = np.random.default_rng(seed)
        base = 2 + np.sin(np.arange(hours) / 24 * 2 * np.pi)
        self.history = history
        self.load = base[None, :] * rng.uniform(0.5, 1.5, (houses, 1))
        self.load += rng.normal(0, 0.1, self.load.shape)

    def __len__(self):
        return self.load.shape[0] * (self.load.shape[1] - self.history)

    def __getitem__(self, index):
        house, start = divmod(index, self.load.shape[1] - self.history)
        window = self.load[house, start : start + self.history]
        return window, self.load[house, start + self.history]  # FAULT
