# topic classification of short headlines with keras
import os
os.environ['TF_CPP_MIN_LOG_LEVEL']='2'
import random
import numpy as np
import keras
from keras.models import Sequential
from keras.layers import Dense, LSTM, Embedding, Dropout, SpatialDropout1D
from keras.optimizers import Adam
from keras.utils import to_categorical

random.seed(3)
keras.utils.set_random_seed(3)

topics = ['sport', 'money', 'science']
words = {
  'sport':   'match goal team coach league player season final striker'.split(),
  'money':   'bank market shares profit euro tax budget trade loan'.split(),
  'science': 'cell planet gene study laser virus orbit fossil atom'.split(),
}
common = 'new says after the of in for big report year first why'.split()

headlines = []
y = []
for n in range(900):
  k = random.randrange(3)
  h = random.sample(common, random.randint(3, 5)) + random.sample(words[topics[k]], random.randint(2, 3))
  random.shuffle(h)
  headlines.append(' '.join(h))
  y.append(k)

print(headlines[0], topics[y[0]])

# tokenizer by hand
counts = {}
for h in headlines:
  for w in h.split():
    counts[w] = counts.get(w, 0) + 1
vocab = sorted(counts, key=counts.get, reverse=True)
word_index = {w: i + 1 for i, w in enumerate(vocab)}
vocab_size = len(word_index) + 1

max_length = 8
X = [[word_index[w] for w in h.split()] for h in headlines]
X = keras.utils.pad_sequences(X, maxlen=max_length, padding='pre')
Y = to_categorical(y, num_classes=3)
print(X.shape, Y.shape)

X_train, X_test = X[:700], X[700:]
Y_train, Y_test = Y[:700], Y[700:]

model = Sequential()
model.add(Embedding(vocab_size, 16))
model.add(SpatialDropout1D(0.1))
model.add(LSTM(24, return_sequences=True))
model.add(LSTM(16))
model.add(Dropout(0.2))
model.add(Dense(3, activation='softmax'))

model.compile(loss='categorical_crossentropy', optimizer=Adam(), metrics=['accuracy'])

model.fit(X_train, Y_train, epochs=8, batch_size=16, validation_data=(X_test, Y_test), verbose=2)

score = model.evaluate(X_test, Y_test, verbose=0)
print('Test loss:', score[0])
print('Test accuracy:', score[1])

pred = np.argmax(model.predict(X_test, verbose=0), axis=1)
true = np.argmax(Y_test, axis=1)
for k in range(3):
  print(topics[k], 'recall', round(float(np.mean(pred[true == k] == k)), 3))
