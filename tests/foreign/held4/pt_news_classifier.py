# AG_NEWS style topic classification with nn.EmbeddingBag, without torchtext
import random
import re
import time
from collections import Counter

import torch
from torch import nn
from torch.utils.data import DataLoader

random.seed(4)
torch.manual_seed(4)

ag_news_label = {1: "World", 2: "Sports", 3: "Business", 4: "Sci/Tec"}
WORDS = {
    1: "president minister war election treaty embassy troops border parliament".split(),
    2: "match goal coach season league player score tournament injured".split(),
    3: "shares profit market oil bank investors quarter merger dollar".split(),
    4: "software nasa chip internet researchers browser satellite genome robot".split(),
}
COMMON = "the a of on after says new to in for with Tuesday Reuters".split()


def fake_ag_news(n):
    for _ in range(n):
        label = random.randint(1, 4)
        toks = random.choices(WORDS[label], k=5) + random.choices(COMMON, k=7)
        random.shuffle(toks)
        yield label, " ".join(toks).capitalize() + "."


def tokenizer(line):
    return re.findall(r"[a-z]+|[.,!?]", line.lower())


train_dataset, test_dataset = list(fake_ag_news(1200)), list(fake_ag_news(200))
counter = Counter(t for _, line in train_dataset for t in tokenizer(line))
vocab = {"<unk>": 0}
for tok, _ in counter.most_common():
    vocab[tok] = len(vocab)

text_pipeline = lambda x: [vocab.get(t, 0) for t in tokenizer(x)]
label_pipeline = lambda x: int(x)  # FAULT


def collate_batch(batch):
    label_list, text_list, offsets = [], [], [0]
    for (_label, _text) in batch:
        label_list.append(label_pipeline(_label))
        processed_text = torch.tensor(text_pipeline(_text), dtype=torch.int64)
        text_list.append(processed_text)
        offsets.append(processed_text.size(0))
    label_list = torch.tensor(label_list, dtype=torch.int64)
    offsets = torch.tensor(offsets[:-1]).cumsum(dim=0)
    text_list = torch.cat(text_list)
    return label_list, text_list, offsets


class TextClassificationModel(nn.Module):
    def __init__(self, vocab_size, embed_dim, num_class):
        super(TextClassificationModel, self).__init__()
        self.embedding = nn.EmbeddingBag(vocab_size, embed_dim, sparse=False)
        self.fc = nn.Linear(embed_dim, num_class)
        self.init_weights()

    def init_weights(self):
        initrange = 0.5
        self.embedding.weight.data.uniform_(-initrange, initrange)
        self.fc.weight.data.uniform_(-initrange, initrange)
        self.fc.bias.data.zero_()

    def forward(self, text, offsets):
        embedded = self.embedding(text, offsets)
        return self.fc(embedded)


num_class = len(set([label for (label, text) in train_dataset]))  # FAULT
model = TextClassificationModel(len(vocab), 32, num_class)
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=5.0)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1.0, gamma=0.1)


def train(dataloader):
    model.train()
    total_acc, total_count = 0, 0
    for idx, (label, text, offsets) in enumerate(dataloader):
        optimizer.zero_grad()
        predicted_label = model(text, offsets)
        loss = criterion(predicted_label, label)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
        total_acc += (predicted_label.argmax(1) == label).sum().item()
        total_count += label.size(0)
    print('| accuracy {:8.3f}'.format(total_acc / total_count))


def evaluate(dataloader):
    model.eval()
    total_acc, total_count = 0, 0
    with torch.no_grad():
        for label, text, offsets in dataloader:
            total_acc += (model(text, offsets).argmax(1) == label).sum().item()
            total_count += label.size(0)
    return total_acc / total_count


train_dataloader = DataLoader(train_dataset, batch_size=16, shuffle=True, collate_fn=collate_batch)
test_dataloader = DataLoader(test_dataset, batch_size=16, collate_fn=collate_batch)
total_accu = None
for epoch in range(1, 4):
    epoch_start_time = time.time()
    train(train_dataloader)
    accu_val = evaluate(test_dataloader)
    if total_accu is not None and total_accu > accu_val:
        scheduler.step()
    else:
        total_accu = accu_val
    print('| end of epoch {:3d} | time: {:5.2f}s | valid accuracy {:8.3f}'.format(
        epoch, time.time() - epoch_start_time, accu_val))
