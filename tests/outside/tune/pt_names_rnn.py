"""
Classifying Names with a Character-Level RNN
============================================

We build and train a small character-level RNN that reads a word as a series of
letters and predicts which (made up) language the word comes from.
"""
import math
import random
import string
import time

import torch
import torch.nn as nn

random.seed(1)
torch.manual_seed(1)

# ----------------------------------------------------------------------
# Preparing the data: every language has its own typical syllables
# ----------------------------------------------------------------------
all_letters = string.ascii_letters + " '-"
n_letters = len(all_letters)

syllables = {
    "Norvish": ["sund", "berg", "helm", "gard", "strom", "vik"],
    "Talian": ["ella", "ino", "ucci", "ario", "etta", "one"],
    "Kimoro": ["ka", "shi", "mo", "to", "ya", "na"],
    "Slovan": ["ovi", "chek", "sky", "mir", "vlad", "nik"],
}


def make_name(language):
    parts = random.choices(syllables[language], k=random.randint(2, 3))
    return "".join(parts).capitalize()


category_lines = {lang: [make_name(lang) for _ in range(80)] for lang in syllables}
all_categories = list(category_lines)
n_categories = len(all_categories)


# Turn a letter into its index, and a line into a <line_length x 1 x n_letters>
# tensor of one-hot letter vectors
def letterToIndex(letter):
    return all_letters.find(letter)


def lineToTensor(line):
    tensor = torch.zeros(len(line), 1, n_letters)
    for li, letter in enumerate(line):
        tensor[li][0][letterToIndex(letter)] = 1
    return tensor


# ----------------------------------------------------------------------
# Creating the network
# ----------------------------------------------------------------------
class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super(RNN, self).__init__()

        self.hidden_size = hidden_size

        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        hidden = torch.tanh(self.i2h(input) + self.h2h(hidden))
        output = self.h2o(hidden)
        output = self.softmax(output)
        return output, hidden

    def initHidden(self):
        return torch.zeros(1, self.hidden_size)


n_hidden = 48
rnn = RNN(n_letters, n_hidden, n_categories)


def categoryFromOutput(output):
    top_n, top_i = output.topk(1)
    category_i = top_i[0].item()
    return all_categories[category_i], category_i


def randomTrainingExample():
    category = random.choice(all_categories)
    line = random.choice(category_lines[category])
    category_tensor = torch.tensor([all_categories.index(category)], dtype=torch.long)
    line_tensor = lineToTensor(line)
    return category, line, category_tensor, line_tensor


# ----------------------------------------------------------------------
# Training the network
# ----------------------------------------------------------------------
criterion = nn.NLLLoss()
learning_rate = 0.01
optimizer = torch.optim.SGD(rnn.parameters(), lr=learning_rate)


def train(category_tensor, line_tensor):
    hidden = rnn.initHidden()

    optimizer.zero_grad()

    for i in range(line_tensor.size()[0]):
        output, hidden = rnn(line_tensor[i], hidden)

    loss = criterion(output, category_tensor)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(rnn.parameters(), 5)
    optimizer.step()

    return output, loss.item()


def timeSince(since):
    s = time.time() - since
    m = math.floor(s / 60)
    return "%dm %ds" % (m, s - m * 60)


n_iters = 1600
print_every = 200
current_loss = 0
start = time.time()

for iter in range(1, n_iters + 1):
    category, line, category_tensor, line_tensor = randomTrainingExample()
    output, loss = train(category_tensor, line_tensor)
    current_loss += loss

    if iter % print_every == 0:
        guess, guess_i = categoryFromOutput(output)
        correct = "✓" if guess == category else "✗ (%s)" % category
        print("%d %d%% (%s) %.4f %s / %s %s" % (
            iter, iter / n_iters * 100, timeSince(start), current_loss / print_every, line, guess, correct))
        current_loss = 0


# ----------------------------------------------------------------------
# Evaluating the results on names nobody has seen
# ----------------------------------------------------------------------
def evaluate(line_tensor):
    hidden = rnn.initHidden()
    for i in range(line_tensor.size()[0]):
        output, hidden = rnn(line_tensor[i], hidden)
    return output


with torch.no_grad():
    hits = 0
    for _ in range(200):
        lang = random.choice(all_categories)
        guess, _i = categoryFromOutput(evaluate(lineToTensor(make_name(lang))))
        hits += guess == lang
print("accuracy on 200 new names: %.3f" % (hits / 200))
