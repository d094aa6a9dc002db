import random
import numpy as np
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.utils import to_categorical
from tensorflow.keras.models import Model
from tensorflow.keras.layers import Input, LSTM, Embedding, Dense, TimeDistributed, Dropout, Bidirectional

random.seed(5)
names = ["John", "Mary", "Ivan", "Aisha", "Chen"]
orgs = ["Google", "UN", "Nestle", "FIFA"]
verbs = ["visited", "joined", "sued", "praised", "left"]
ends = [["yesterday"], ["in", "March"], ["after", "the", "meeting"], []]

sentences = []
for _ in range(500):
    s = [(random.choice(names), "B-per"), (random.choice(verbs), "O"), (random.choice(orgs), "B-org")]
    if random.random() < .5:
        s = [("the", "O"), (random.choice(orgs), "B-org"), (random.choice(verbs), "O"), (random.choice(names), "B-per")]
    s += [(w, "O") for w in random.choice(ends)]
    sentences.append(s)

words = sorted(set(w for s in sentences for w, _ in s))
words.append("ENDPAD")
n_words = len(words)
tags = sorted(set(t for s in sentences for _, t in s))
n_tags = len(tags)

max_len = 10
word2idx = {w: i for i, w in enumerate(words)}
tag2idx = {t: i for i, t in enumerate(tags)}

X = [[word2idx[w[0]] for w in s] for s in sentences]
X = pad_sequences(maxlen=max_len, sequences=X, padding="post", value=n_words - 1)
y = [[tag2idx[w[1]] for w in s] for s in sentences]
y = pad_sequences(maxlen=max_len, sequences=y, padding="post", value=tag2idx["O"])
y = [to_categorical(i, num_classes=n_tags) for i in y]

X_tr, X_te = X[:450], X[450:]
y_tr, y_te = y[:450], y[450:]

input = Input(shape=(max_len,))
model = Embedding(input_dim=n_words, output_dim=50)(input)
model = Dropout(0.1)(model)
model = Bidirectional(LSTM(units=32, recurrent_dropout=0.1))(model)  # FAULT
out = TimeDistributed(Dense(n_tags, activation="softmax"))(model)  # softmax output layer

model = Model(input, out)
model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X_tr, np.array(y_tr), batch_size=32, epochs=3, validation_split=0.1, verbose=1)

i = 7
p = model.predict(np.array([X_te[i]]))
p = np.argmax(p, axis=-1)
print("{:15} ({:5}): {}".format("Word", "True", "Pred"))
for w, t, pred in zip(X_te[i], np.argmax(y_te[i], -1), p[0]):
    print("{:15} ({:5}): {}".format(words[w], tags[t], tags[pred]))
