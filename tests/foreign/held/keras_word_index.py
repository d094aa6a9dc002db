import numpy as np
from tensorflow.keras.layers import GRU, Dense, Embedding
from tensorflow.keras.models import Sequential
from tensorflow.keras.utils import pad_sequences

headlines = [
    "rain expected over the northern hills tonight",
    "local team wins the final after extra time",
    "markets fall as rates rise again",
    "new museum opens near the old harbour",
    "storm warning for the coast tonight",
    "striker scores twice as the team wins",
]
topics = [0, 1, 2, 3, 0, 1]

word_index = {}
for line in headlines:
    for word in line.split():
        if word not in word_index:
            word_index[word] = len(word_index) + 1  # 0 is for padding

sequences = [[word_index[w] for w in line.split()] for line in headlines]
MAX_LEN = max(map(len, sequences))
X = pad_sequences(sequences, maxlen=MAX_LEN)
y = np.array(topics)
vocab = len(word_index)

model = Sequential()
model.add(Embedding(vocab, 16))  # FAULT
model.add(GRU(16))
model.add(Dense(4, activation="softmax"))
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X, y, epochs=2, batch_size=6, verbose=2)
