# Sequence tagging with an LSTM: DET / NN / V / ADJ, one sentence at a time
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import itertools
import random

torch.manual_seed(1)
random.seed(1)

# every combination of a small grammar, shuffled; ambiguous words ("light", "book", "run") need context
DETS = ["the", "every", "that"]
ADJS = ["light", "big", "sad"]
NOUNS = ["dog", "book", "light", "run"]
VERBS = ["ate", "book", "run", "saw"]
data = []
for d, n, v, d2, n2 in itertools.product(DETS, NOUNS, VERBS, DETS, NOUNS):
    if random.random() < 0.5:
        a = random.choice(ADJS)
        data.append(([d, a, n, v, d2, n2], ["DET", "ADJ", "NN", "V", "DET", "NN"]))
    else:
        data.append(([d, n, v, d2, n2], ["DET", "NN", "V", "DET", "NN"]))
random.shuffle(data)
training_data, test_data = data[:150], data[150:250]


def prepare_sequence(seq, to_ix):
    idxs = [to_ix[w] for w in seq]
    return torch.tensor(idxs, dtype=torch.long)


word_to_ix = {}
for sent, tags in training_data:
    for word in sent:
        if word not in word_to_ix:  # word has not been assigned an index yet
            word_to_ix[word] = len(word_to_ix)
print(word_to_ix)
tag_to_ix = {"DET": 0, "NN": 1, "V": 2, "ADJ": 3}
ix_to_tag = {v: k for k, v in tag_to_ix.items()}

# These will usually be more like 32 or 64 dimensional.
EMBEDDING_DIM = 12
HIDDEN_DIM = 12


class LSTMTagger(nn.Module):

    def __init__(self, embedding_dim, hidden_dim, vocab_size, tagset_size):
        super(LSTMTagger, self).__init__()
        self.hidden_dim = hidden_dim
        self.word_embeddings = nn.Embedding(vocab_size, embedding_dim)

        # looks both ways: "light" before a noun is an adjective
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, bidirectional=True)

        # The linear layer that maps from hidden state space to tag space
        self.hidden2tag = nn.Linear(2 * hidden_dim, tagset_size)

    def forward(self, sentence):
        embeds = self.word_embeddings(sentence)
        lstm_out, _ = self.lstm(embeds.view(len(sentence), 1, -1))
        tag_space = self.hidden2tag(lstm_out.view(len(sentence), -1))
        tag_scores = F.log_softmax(tag_space, dim=1)
        return tag_scores


model = LSTMTagger(EMBEDDING_DIM, HIDDEN_DIM, len(word_to_ix), len(tag_to_ix))
loss_function = nn.NLLLoss()
optimizer = optim.SGD(model.parameters(), lr=0.1)

# See what the scores are before training
with torch.no_grad():
    inputs = prepare_sequence(training_data[0][0], word_to_ix)
    print(model(inputs))

for epoch in range(8):
    total_loss = 0.0
    random.shuffle(training_data)
    for sentence, tags in training_data:
        # Step 1. Pytorch accumulates gradients: clear them out before each instance
        model.zero_grad()

        # Step 2. Turn the words and tags into Tensors of indices
        sentence_in = prepare_sequence(sentence, word_to_ix)
        targets = prepare_sequence(tags, tag_to_ix)

        # Step 3. Run our forward pass.
        tag_scores = model(sentence_in)

        # Step 4. Compute the loss, gradients, and update the parameters
        loss = loss_function(tag_scores, targets)
        loss.backward()
        optimizer.step()
        total_loss += loss.item()
    print("epoch", epoch, "loss", total_loss / len(training_data))

# See what the scores are after training
with torch.no_grad():
    right = total = 0
    for sentence, tags in test_data:
        scores = model(prepare_sequence(sentence, word_to_ix))
        guesses = [ix_to_tag[i] for i in scores.argmax(dim=1).tolist()]
        right += sum(g == t for g, t in zip(guesses, tags))
        total += len(tags)
    print("test accuracy", right / total)
    print(list(zip(sentence, guesses)))
