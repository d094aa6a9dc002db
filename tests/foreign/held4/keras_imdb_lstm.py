from __future__ import print_function
import numpy as np
from tensorflow.keras.preprocessing import sequence
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Embedding
from tensorflow.keras.layers import LSTM

max_features = 500
maxlen = 40
batch_size = 32


def load_data(num_words, n=600, start_char=1, oov_char=2, index_from=3, seed=113):
    """imitates imdb.load_data: most frequent words have the lowest rank"""
    rng = np.random.RandomState(seed)
    xs, ys = [], []
    good, bad = np.arange(40, 60), np.arange(60, 80)
    for _ in range(n):
        y = rng.randint(2)
        length = rng.randint(15, 60)
        w = rng.randint(1, num_words, length)
        k = rng.randint(0, length, 8)
        w[k] = rng.choice(good if y else bad, 8)
        xs.append([start_char] + [int(i) + index_from for i in w])
        ys.append(y)
    m = int(n * 0.8)
    return (xs[:m], np.array(ys[:m])), (xs[m:], np.array(ys[m:]))


print('Loading data...')
(x_train, y_train), (x_test, y_test) = load_data(num_words=max_features)
print(len(x_train), 'train sequences')
print(len(x_test), 'test sequences')

print('Pad sequences (samples x time)')
x_train = sequence.pad_sequences(x_train, maxlen=maxlen)
x_test = sequence.pad_sequences(x_test, maxlen=maxlen)
print('x_train shape:', x_train.shape)

print('Build model...')
model = Sequential()
model.add(Embedding(max_features, 32))  # FAULT
model.add(LSTM(32, dropout=0.2, recurrent_dropout=0.2))
model.add(Dense(1, activation='sigmoid'))

# try using different optimizers and different optimizer configs
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])

print('Train...')
model.fit(x_train, y_train, batch_size=batch_size, epochs=3, validation_data=(x_test, y_test))
score, acc = model.evaluate(x_test, y_test, batch_size=batch_size)
print('Test score:', score)
print('Test accuracy:', acc)
