from __future__ import annotations

import torch
from torch import Tensor, nn


class LearnedPositions(nn.Module):
    def __init__(self, vocab_size: int, d_model: int, max_len: int = 32) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocab_size, d_model, padding_idx=0)
        self.positions = nn.Embedding(max_len, d_model)

    def forward(self, ids: Tensor) -> Tensor:
        steps = torch.arange(ids.size(1), device=ids.device)
        return self.tokens(ids) + self.positions(steps)


class DateTransformer(nn.Module):
    def __init__(self, n_source: int, n_target: int, d_model: int = 48, heads: int = 4) -> None:
        super().__init__()
        self.source = LearnedPositions(n_source, d_model)
        self.target = LearnedPositions(n_target, d_model)
        self.transformer = nn.Transformer(
            d_model=d_model,
            nhead=heads,
            num_encoder_layers=1,
            num_decoder_layers=1,
            dim_feedforward=2 * d_model,
            dropout=0.0,
            batch_first=True,
        )
        self.project = nn.Linear(d_model, n_target)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        size = target.size(1)
        future = torch.triu(torch.ones(size, size, dtype=torch.bool, device=target.device), diagonal=1)
        hidden = self.transformer(
            self.source(source),
            self.target(target),
            tgt_mask=future,
            src_key_padding_mask=source == 0,
            tgt_key_padding_mask=target == 0,
            memory_key_padding_mask=source == 0,
        )
        return self.project(hidden)

    @torch.no_grad()
    def greedy(self, source: Tensor, bos: int, steps: int) -> Tensor:
        out = torch.full((source.size(0), 1), bos, dtype=torch.long, device=source.device)
        for _ in range(steps):
            logits = self(source, out)
            out = torch.cat([out, logits[:, -1:].argmax(dim=-1)], dim=1)
        return out[:, 1:]
