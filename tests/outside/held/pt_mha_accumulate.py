import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader

# hyper params
hp = {
	"dim": 32,
	"heads": 4,
	"depth": 2,
	"ffn_mult": 2,
	"max_len": 16,
	"batch_size": 8,
	"accum_steps": 4,
	"epochs": 5,
	"lr": 1e-3,
	"wd": 0.01,
}

PAD_ID = 0
torch.manual_seed(77)


class BracketDataset(Dataset):
	"""Is a string of brackets balanced?  ( ) [ ] and padding"""

	def __init__(self, n, seed):
		g = torch.Generator().manual_seed(seed)
		self.seqs, self.labels = [], []
		while len(self.seqs) < n:
			s = self.balanced(g, int(torch.randint(2, 7, (1,), generator=g)))
			want_good = len(self.seqs) % 2 == 0
			if not want_good:
				i = int(torch.randint(len(s), (1,), generator=g))
				s[i] = {1: 4, 2: 3, 3: 2, 4: 1}[s[i]]  # wrong kind and wrong side
			self.seqs.append(torch.tensor(s))
			self.labels.append(int(want_good))

	def balanced(self, g, n_pairs):
		out, stack, opened = [], [], 0
		while len(out) < 2 * n_pairs:
			can_open = opened < n_pairs
			if can_open and (not stack or torch.rand(1, generator=g) < 0.5):
				kind = 1 if torch.rand(1, generator=g) < 0.5 else 3
				stack.append(kind)
				out.append(kind)
				opened += 1
			else:
				out.append(stack.pop() + 1)
		return out

	def __len__(self):
		return len(self.seqs)

	def __getitem__(self, i):
		return self.seqs[i], self.labels[i]


def pad_batch(items):
	seqs, labels = zip(*items)
	x = torch.full((len(seqs), hp["max_len"]), PAD_ID)
	for i, s in enumerate(seqs):
		x[i, : len(s)] = s
	return x, torch.tensor(labels)


class Layer(nn.Module):
	def __init__(self, dim, heads, mult, p=0.1):
		super().__init__()
		self.attn = nn.MultiheadAttention(dim, heads, dropout=p, batch_first=True)
		self.ln1 = nn.LayerNorm(dim)
		self.ln2 = nn.LayerNorm(dim)
		self.ff = nn.Sequential(nn.Linear(dim, dim * mult), nn.GELU(), nn.Dropout(p), nn.Linear(dim * mult, dim))

	def forward(self, x, pad):
		h = self.ln1(x)
		a, _ = self.attn(h, h, h, key_padding_mask=pad, need_weights=False)
		x = x + a
		return x + self.ff(self.ln2(x))


class BracketNet(nn.Module):
	def __init__(self):
		super().__init__()
		d = hp["dim"]
		self.tok = nn.Embedding(5, d, padding_idx=PAD_ID)
		self.pos = nn.Parameter(torch.randn(1, hp["max_len"], d) * 0.02)
		self.layers = nn.ModuleList()
		for i in range(hp["depth"]):
			self.layers.append(Layer(d, hp["heads"], hp["ffn_mult"]))
		self.ln = nn.LayerNorm(d)
		self.cls = nn.Linear(d, 2)

	def forward(self, ids):
		pad = ids.eq(PAD_ID)
		x = self.tok(ids) + self.pos[:, : ids.shape[1]]
		for layer in self.layers:
			x = layer(x, pad)
		x = self.ln(x)
		keep = (~pad).unsqueeze(-1).float()
		mean = (x * keep).sum(1) / keep.sum(1)
		return F.log_softmax(self.cls(mean), dim=-1)


if __name__ == "__main__":
	train_dl = DataLoader(BracketDataset(1024, 1), batch_size=hp["batch_size"], shuffle=True, collate_fn=pad_batch)
	test_dl = DataLoader(BracketDataset(256, 2), batch_size=64, collate_fn=pad_batch)

	model = BracketNet()
	decay = [p for p in model.parameters() if p.dim() >= 2]
	no_decay = [p for p in model.parameters() if p.dim() < 2]
	optimizer = torch.optim.AdamW([
		{"params": decay, "weight_decay": hp["wd"]},
		{"params": no_decay, "weight_decay": 0.0},
	], lr=hp["lr"])
	steps = hp["epochs"] * len(train_dl) // hp["accum_steps"]
	scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4 * hp["lr"], total_steps=steps)

	for epoch in range(1, hp["epochs"] + 1):
		model.train()
		optimizer.zero_grad()
		seen = 0.0
		for step, (ids, label) in enumerate(train_dl, start=1):
			loss = F.nll_loss(model(ids), label)
			(loss / hp["accum_steps"]).backward()
			seen += loss.item()
			if step % hp["accum_steps"] == 0:
				torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
				optimizer.step()
				scheduler.step()
				optimizer.zero_grad()

		model.eval()
		correct = 0
		with torch.no_grad():
			for ids, label in test_dl:
				correct += (model(ids).argmax(-1) == label).sum().item()
		print(f"epoch {epoch}\tloss {seen / len(train_dl):.4f}\ttest acc {correct / len(test_dl.dataset):.3f}")
