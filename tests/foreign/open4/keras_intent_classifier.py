import numpy as np
import random
from tensorflow.keras.preprocessing.text import Tokenizer
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Embedding, LSTM, Dropout, Input
from tensorflow.keras.callbacks import EarlyStopping

random.seed(9)
np.random.seed(9)

intents = {
    'greeting': ['hello there', 'hi bot', 'good morning', 'hey how are you', 'good evening friend'],
    'weather': ['will it rain {}', 'what is the weather {}', 'is it sunny {}', 'do i need an umbrella {}'],
    'music': ['play some jazz {}', 'put on my playlist {}', 'i want to hear rock music {}', 'skip this song'],
    'alarm': ['wake me up at seven {}', 'set an alarm {}', 'remind me to get up {}', 'cancel my alarm {}'],
    'bye': ['goodbye', 'see you later', 'bye bye bot', 'talk to you soon friend'],
}
when = ['today', 'tomorrow', 'please', 'this weekend', 'in berlin', 'now', 'tonight']

data = []
for label, (name, pats) in enumerate(intents.items()):
    for _ in range(120):
        data.append((random.choice(pats).format(random.choice(when)), label))
random.shuffle(data)
texts = [d[0] for d in data]
labels = np.array([d[1] for d in data])

train_texts, test_texts = texts[:480], texts[480:]
train_labels, test_labels = labels[:480], labels[480:]

vocab_size = 200
max_len = 8
oov_token = "<OOV>"

tokenizer = Tokenizer(num_words=vocab_size, oov_token=oov_token)
tokenizer.fit_on_texts(train_texts)
train_sequences = tokenizer.texts_to_sequences(train_texts)
train_padded = pad_sequences(train_sequences, truncating='post', maxlen=max_len)

test_tokenizer = Tokenizer(num_words=vocab_size, oov_token=oov_token)  # FAULT
test_tokenizer.fit_on_texts(test_texts[::-1])  # FAULT
test_sequences = test_tokenizer.texts_to_sequences(test_texts)  # FAULT
test_padded = pad_sequences(test_sequences, truncating='post', maxlen=max_len)

model = Sequential()
model.add(Input(shape=(max_len,)))
model.add(Embedding(vocab_size, 16))
model.add(LSTM(32))
model.add(Dropout(0.2))
model.add(Dense(16, activation='relu'))
model.add(Dense(len(intents), activation='softmax'))
model.compile(loss='sparse_categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
model.summary()

history = model.fit(train_padded, train_labels, epochs=12, verbose=2)
loss, acc = model.evaluate(test_padded, test_labels, verbose=0)
print('train acc %.3f' % history.history['accuracy'][-1])
print('test  acc %.3f' % acc)
