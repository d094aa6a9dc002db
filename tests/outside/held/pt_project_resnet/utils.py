import numpy as np
import torch
from torch.utils.data import Dataset


class AverageMeter(object):
    """Computes and stores the average and current value"""

    def __init__(self, name):
        self.name = name
        self.reset()

    def reset(self):
        self.val = 0
        self.sum = 0
        self.count = 0

    @property
    def avg(self):
        return self.sum / max(1, self.count)

    def update(self, val, n=1):
        self.val = val
        self.sum += val * n
        self.count += n


class Gratings(Dataset):
    """Waves in one of five directions, with flips as augmentation that keep the class."""

    def __init__(self, n, seed, train):
        rng = np.random.RandomState(seed)
        self.train = train
        self.labels = rng.randint(0, 5, n)
        yy, xx = np.mgrid[:14, :14]
        angle = (self.labels * np.pi / 5)[:, None, None]
        phase = rng.uniform(0, 2 * np.pi, (n, 1, 1))
        waves = np.sin(1.2 * (np.cos(angle) * xx + np.sin(angle) * yy) + phase)
        self.data = (waves + rng.normal(0, 0.8, (n, 14, 14))).astype(np.float32)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        img = torch.from_numpy(self.data[index])
        if self.train and torch.rand(1).item() < 0.5:
            img = torch.flip(img, dims=(0, 1))  # half a turn: same direction
        return img.unsqueeze(0), int(self.labels[index])
