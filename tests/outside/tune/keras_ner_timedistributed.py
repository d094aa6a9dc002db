# -*- coding: utf-8 -*-
"""Named entities with a bidirectional LSTM (Keras).

Sentences are padded; a weight of zero takes the padding out of loss and metric.
"""
import random

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import LSTM, Bidirectional, Dense, Dropout, Embedding, Input, TimeDistributed
from tensorflow.keras.models import Model

RANDOM_SEED = 2021
random.seed(RANDOM_SEED)
tf.keras.utils.set_random_seed(RANDOM_SEED)

PEOPLE = ["maria", "john", "aisha", "peter", "li"]
FAMILY = ["smith", "novak", "khan", "wang"]
CITIES = ["paris", "lagos", "lima", "oslo", "york"]
ORGS = ["acme", "globex", "initech"]
TEMPLATES = [
    "P lives in C with P",
    "O opened an office in C last year",
    "P works for O",
    "yesterday P and P met in new C",
    "the boss of O is P from C",
    "nobody in C knows O",
]
TAGS = ["PAD", "O", "B-PER", "I-PER", "B-LOC", "B-ORG"]
tag2idx = {t: i for i, t in enumerate(TAGS)}


def expand(template):
    words, tags = [], []
    for token in template.split():
        if token == "P":
            words.append(random.choice(PEOPLE)); tags.append("B-PER")
            if random.random() < 0.5:
                words.append(random.choice(FAMILY)); tags.append("I-PER")
        elif token == "C":
            words.append(random.choice(CITIES)); tags.append("B-LOC")
        elif token == "O":
            words.append(random.choice(ORGS)); tags.append("B-ORG")
        else:
            words.append(token); tags.append("O")
    return words, tags


sentences = [expand(random.choice(TEMPLATES)) for _ in range(600)]
vocab = sorted({w for words, _ in sentences for w in words})
word2idx = {w: i + 2 for i, w in enumerate(vocab)}  # 0 = padding, 1 = unknown

MAX_LEN = 10


def to_arrays(pairs):
    X = np.zeros((len(pairs), MAX_LEN), dtype="int32")
    y = np.zeros((len(pairs), MAX_LEN), dtype="int32")
    for row, (words, tags) in enumerate(pairs):
        for col, (word, tag) in enumerate(list(zip(words, tags))[:MAX_LEN]):
            X[row, col] = word2idx.get(word, 1)
            y[row, col] = tag2idx[tag]
    return X, y, (X != 0).astype("float32")


X_tr, y_tr, w_tr = to_arrays(sentences[:500])
X_te, y_te, w_te = to_arrays(sentences[500:])

word_in = Input(shape=(MAX_LEN,))
emb = Embedding(input_dim=len(word2idx) + 2, output_dim=20, mask_zero=True)(word_in)
drop = Dropout(0.1)(emb)
main = Bidirectional(LSTM(units=16, return_sequences=True))(drop)
out = TimeDistributed(Dense(len(TAGS), activation="softmax"))(main)
model = Model(word_in, out)

model.compile(optimizer=tf.keras.optimizers.RMSprop(0.004), loss="sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
model.fit(X_tr, y_tr, sample_weight=w_tr, batch_size=25, epochs=4, verbose=2)

pred = model.predict(X_te, verbose=0).argmax(axis=-1)
real = w_te > 0
print("token accuracy: %.3f" % (pred[real] == y_te[real]).mean())
for tag in TAGS[2:]:
    k = tag2idx[tag]
    tp = ((pred == k) & (y_te == k) & real).sum()
    print("%-6s precision %.2f recall %.2f" % (tag, tp / max(1, ((pred == k) & real).sum()), tp / (y_te == k).sum()))

words = sentences[-1][0]
print(list(zip(words, (TAGS[i] for i in pred[-1]))))
