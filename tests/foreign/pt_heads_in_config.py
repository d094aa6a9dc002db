import torch
import torch.nn as nn
import torch.nn.functional as F

cfg = {
    "vocab": 500,
    "max_len": 40,
    "d_model": 100,  # FAULT
    "heads": 8,  # FAULT
    "layers": 2,
    "ff": 256,
    "classes": 3,
    "lr": 5e-4,
}


class ReviewClassifier(nn.Module):
    def __init__(self, c):
        super(ReviewClassifier, self).__init__()
        self.tok = nn.Embedding(c["vocab"], c["d_model"], padding_idx=0)
        self.pos = nn.Parameter(torch.zeros(1, c["max_len"], c["d_model"]))
        layer = nn.TransformerEncoderLayer(
            d_model=c["d_model"],
            nhead=c["heads"],
            dim_feedforward=c["ff"],
            dropout=0.1,
            batch_first=True,
        )
        self.encoder = nn.TransformerEncoder(layer, num_layers=c["layers"])
        self.out = nn.Linear(c["d_model"], c["classes"])

    def forward(self, ids):
        pad = ids.eq(0)
        h = self.tok(ids) + self.pos[:, : ids.size(1)]
        h = self.encoder(h, src_key_padding_mask=pad)
        keep = (~pad).unsqueeze(-1).float()
        h = (h * keep).sum(1) / keep.sum(1).clamp(min=1)
        return self.out(h)


def main():
    torch.manual_seed(1)
    ids = torch.randint(1, cfg["vocab"], (128, cfg["max_len"]))
    ids[:, 30:] = 0
    labels = torch.randint(0, cfg["classes"], (128,))
    net = ReviewClassifier(cfg)
    opt = torch.optim.AdamW(net.parameters(), lr=cfg["lr"])
    for step in range(8):
        sl = slice(16 * step, 16 * step + 16)
        loss = F.cross_entropy(net(ids[sl]), labels[sl])
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(step, round(loss.item(), 4))


if __name__ == "__main__":
    main()
