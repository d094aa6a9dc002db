import json
import torch
from tagger import *

CFG = json.loads('{"seed": 3, "epochs": 5, "lr": 0.01, "batch_size": 32, "train": 500, "dev": 120}')

torch.manual_seed(CFG['seed'])
train, dev = load_corpus(CFG['train'], 1), load_corpus(CFG['dev'], 2)
words = Vocab(w for ws, _ in train + dev for w in ws)
tags = Vocab(t for _, ts in train for t in ts)

net = GRUTagger(len(words), len(tags))
criterion = torch.nn.CrossEntropyLoss(ignore_index=PAD)
optimizer = torch.optim.RAdam(net.parameters(), lr=CFG['lr'])
tr = make_loader(train, words, tags, CFG['batch_size'], True)
dv = make_loader(dev, words, tags, CFG['batch_size'], False)

for epoch in range(CFG['epochs']):
    loss = train_one_epoch(net, tr, criterion, optimizer)
    print(f"{epoch:02d} | train loss {loss:.3f} | dev token accuracy {evaluate(net, dv):.3f}")
