# nn.Transformer toy task: output the input sequence reversed
import math
import torch
import torch.nn as nn

torch.manual_seed(0)
PAD, SOS, EOS = 0, 1, 2
VOCAB = 13


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, dropout=0.1, max_len=50):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(1, max_len, d_model)
        pe[0, :, 0::2] = torch.sin(position * div_term)
        pe[0, :, 1::2] = torch.cos(position * div_term)
        self.register_buffer('pe', pe)

    def forward(self, x):
        return self.dropout(x + self.pe[:, :x.size(1)])


class Seq2SeqTransformer(nn.Module):
    def __init__(self, vocab, d_model=32, nhead=4, num_layers=1):
        super().__init__()
        self.d_model = d_model
        self.embedding = nn.Embedding(vocab, d_model, padding_idx=PAD)
        self.positional_encoder = PositionalEncoding(d_model)
        self.transformer = nn.Transformer(
            d_model=d_model, nhead=nhead, num_encoder_layers=num_layers, num_decoder_layers=num_layers,
            dim_feedforward=64, dropout=0.1, batch_first=True)
        self.out = nn.Linear(d_model, vocab)

    def forward(self, src, tgt, tgt_mask=None, src_pad_mask=None, tgt_pad_mask=None):
        src = self.positional_encoder(self.embedding(src) * math.sqrt(self.d_model))
        tgt = self.positional_encoder(self.embedding(tgt) * math.sqrt(self.d_model))
        out = self.transformer(src, tgt, tgt_mask=tgt_mask, src_key_padding_mask=src_pad_mask,
                               tgt_key_padding_mask=tgt_pad_mask)
        return self.out(out)

    def get_tgt_mask(self, size):
        mask = torch.tril(torch.ones(size, size)) == 1
        mask = mask.float()
        mask = mask.masked_fill(mask == 0, float('-inf'))
        mask = mask.masked_fill(mask == 1, float(0.0))
        return mask

    def create_pad_mask(self, matrix, pad_token=PAD):
        # float mask like tgt_mask, else torch complains about mismatched mask types
        return torch.zeros(matrix.shape).masked_fill(matrix == pad_token, float('-inf'))


def make_batch(bs=32, max_len=8):
    src = torch.full((bs, max_len + 2), PAD)
    tgt = torch.full((bs, max_len + 2), PAD)
    for i in range(bs):
        n = torch.randint(3, max_len + 1, (1,)).item()
        s = torch.randint(3, VOCAB, (n,))
        src[i, :n + 2] = torch.cat([torch.tensor([SOS]), s, torch.tensor([EOS])])
        tgt[i, :n + 2] = torch.cat([torch.tensor([SOS]), s.flip(0), torch.tensor([EOS])])
    return src, tgt


model = Seq2SeqTransformer(VOCAB)
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
loss_fn = nn.CrossEntropyLoss(ignore_index=PAD)


def train_loop(model, opt, loss_fn, steps):
    model.train()
    total_loss = 0
    for _ in range(steps):
        X, y = make_batch()
        # shift the tgt by one so with the <SOS> we predict the token at pos 1
        y_input = y[:, :-1]
        y_expected = y[:, 1:]
        sequence_length = y.size(1)  # FAULT
        tgt_mask = model.get_tgt_mask(sequence_length)  # FAULT
        pred = model(X, y_input, tgt_mask, model.create_pad_mask(X), model.create_pad_mask(y_input))
        loss = loss_fn(pred.permute(0, 2, 1), y_expected)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total_loss += loss.detach().item()
    return total_loss / steps


for epoch in range(4):
    print("-" * 10, f"Epoch {epoch + 1}", "-" * 10)
    print(f"Training loss: {train_loop(model, opt, loss_fn, 50):.4f}")

model.eval()
X, y = make_batch(1)
y_in = torch.tensor([[SOS]])
with torch.no_grad():
    for _ in range(10):
        pred = model(X, y_in, model.get_tgt_mask(y_in.size(1)))
        nxt = pred[:, -1].argmax(-1, keepdim=True)
        y_in = torch.cat((y_in, nxt), dim=1)
        if nxt.item() == EOS:
            break
print(X[0].tolist(), '->', y_in[0].tolist())
