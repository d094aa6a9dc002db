"""
Text classification with an EmbeddingBag
========================================

The raw data is an iterator of (label, line) pairs, as the classic text libraries have it.
"""
import random
import re
import time
from collections import Counter

import torch
from torch import nn
from torch.utils.data import DataLoader, random_split

random.seed(4)
torch.manual_seed(4)

LABELS = {1: "World", 2: "Sports", 3: "Business", 4: "Sci/Tec"}


def news_iter(n):
    nouns = {
        1: ["minister", "treaty", "border", "election", "embassy"],
        2: ["coach", "olympic", "goal", "tournament", "pitcher"],
        3: ["stocks", "merger", "oil", "profit", "retailer"],
        4: ["software", "chip", "browser", "robot", "telescope"],
    }
    rest = ["the", "a", "new", "says", "after", "against", "with", "for", "will", "on", "tuesday", "plans"]
    for _ in range(n):
        label = random.randint(1, 4)
        line = random.choices(rest, k=random.randint(5, 12)) + random.choices(nouns[label], k=2)
        random.shuffle(line)
        yield label, " ".join(line).capitalize() + "."


def tokenizer(line):
    return re.findall(r"[a-z]+|[.,!?]", line.lower())


train_iter = list(news_iter(1200))
counter = Counter(token for _, line in train_iter for token in tokenizer(line))
vocab = {"<unk>": 0}
for token, _ in counter.most_common():
    vocab[token] = len(vocab)

text_pipeline = lambda x: [vocab.get(token, 0) for token in tokenizer(x)]
label_pipeline = lambda x: int(x) - 1

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def collate_batch(batch):
    label_list, text_list, offsets = [], [], [0]
    for _label, _text in batch:
        label_list.append(label_pipeline(_label))
        processed_text = torch.tensor(text_pipeline(_text), dtype=torch.int64)
        text_list.append(processed_text)
        offsets.append(processed_text.size(0))
    label_list = torch.tensor(label_list, dtype=torch.int64)
    offsets = torch.tensor(offsets[:-1]).cumsum(dim=0)
    text_list = torch.cat(text_list)
    return label_list.to(device), text_list.to(device), offsets.to(device)


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


num_class = len(LABELS)
emsize = 32
model = TextClassificationModel(len(vocab), emsize, num_class).to(device)

# Hyperparameters
EPOCHS = 8
LR = 2
BATCH_SIZE = 32

criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=LR)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1.0, gamma=0.8)


def train(dataloader):
    model.train()
    total_acc, total_count, total_loss = 0, 0, 0.0
    for idx, (label, text, offsets) in enumerate(dataloader):
        optimizer.zero_grad()
        predicted_label = model(text, offsets)
        loss = criterion(predicted_label, label)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
        total_acc += (predicted_label.argmax(1) == label).sum().item()
        total_count += label.size(0)
        total_loss += loss.item() * label.size(0)
    return total_acc / total_count, total_loss / total_count


def evaluate(dataloader):
    model.eval()
    total_acc, total_count = 0, 0
    with torch.no_grad():
        for label, text, offsets in dataloader:
            predicted_label = model(text, offsets)
            total_acc += (predicted_label.argmax(1) == label).sum().item()
            total_count += label.size(0)
    return total_acc / total_count


num_train = int(len(train_iter) * 0.9)
split_train_, split_valid_ = random_split(train_iter, [num_train, len(train_iter) - num_train])

train_dataloader = DataLoader(split_train_, batch_size=BATCH_SIZE, shuffle=True, collate_fn=collate_batch)
valid_dataloader = DataLoader(split_valid_, batch_size=BATCH_SIZE, shuffle=False, collate_fn=collate_batch)
test_dataloader = DataLoader(list(news_iter(200)), batch_size=BATCH_SIZE, shuffle=False, collate_fn=collate_batch)

for epoch in range(1, EPOCHS + 1):
    epoch_start_time = time.time()
    accu_train, loss_train = train(train_dataloader)
    accu_val = evaluate(valid_dataloader)
    scheduler.step()
    print("-" * 59)
    print(
        "| end of epoch {:3d} | time: {:5.2f}s | loss {:8.3f} | "
        "train accuracy {:8.3f} | valid accuracy {:8.3f} ".format(
            epoch, time.time() - epoch_start_time, loss_train, accu_train, accu_val
        )
    )

print("test accuracy {:8.3f}".format(evaluate(test_dataloader)))
