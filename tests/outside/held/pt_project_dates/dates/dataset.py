"""Dates as people write them ("4 mar 1998") and as machines do ("1998-03-04")."""

from __future__ import annotations

import random

import torch
from torch import Tensor
from torch.utils.data import Dataset

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


class Vocab:
    def __init__(self, symbols: str) -> None:
        self.symbols = ["<pad>", "<bos>", "<eos>", *symbols]
        self.index = {s: i for i, s in enumerate(self.symbols)}
        self.pad, self.bos, self.eos = range(3)

    def __len__(self) -> int:
        return len(self.symbols)

    def encode(self, text: str) -> list[int]:
        return [self.index[c] for c in text]

    def decode(self, ids: list[int]) -> str:
        text = ""
        for i in ids:
            if i == self.eos:
                break
            text += self.symbols[i] if i > self.eos else ""
        return text


class DateDataset(Dataset):
    source_vocab = Vocab("abcdefghijklmnopqrstuvwxyz0123456789 /")
    target_vocab = Vocab("0123456789-")

    def __init__(self, size: int, seed: int) -> None:
        rng = random.Random(seed)
        self.pairs = [self._pair(rng) for _ in range(size)]

    @staticmethod
    def _pair(rng: random.Random) -> tuple[str, str]:
        day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(0, 29)
        human = rng.choice([
            f"{day} {MONTHS[month - 1]} {year:02d}",
            f"{MONTHS[month - 1]} {day} {year:02d}",
        ])
        return human, f"{year:02d}-{month:02d}-{day:02d}"

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        human, machine = self.pairs[i]
        target = [self.target_vocab.bos, *self.target_vocab.encode(machine), self.target_vocab.eos]
        return torch.tensor(self.source_vocab.encode(human)), torch.tensor(target)

    @staticmethod
    def collate(items: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        sources, targets = zip(*items)
        pad = torch.nn.utils.rnn.pad_sequence
        return pad(list(sources), batch_first=True), pad(list(targets), batch_first=True)
