"""
Title: Sequence to sequence learning for performing number addition
Input: "5+16", output: "21 ".  Padding is done with spaces.
"""

import keras
from keras import layers
import numpy as np

np.random.seed(9)
keras.utils.set_random_seed(9)

# Parameters for the model and dataset.
TRAINING_SIZE = 500
DIGITS = 2
BIGGEST = 24
REVERSE = True

# Maximum length of input is 'int + int' (e.g., '19+18').
MAXLEN = DIGITS + 1 + DIGITS


class CharacterTable:
    """Given a set of characters:
    + Encode them to a one-hot integer representation
    + Decode the one-hot or integer representation to their character output
    """

    def __init__(self, chars):
        self.chars = sorted(set(chars))
        self.char_indices = dict((c, i) for i, c in enumerate(self.chars))
        self.indices_char = dict((i, c) for i, c in enumerate(self.chars))

    def encode(self, C, num_rows):
        x = np.zeros((num_rows, len(self.chars)))
        for i, c in enumerate(C):
            x[i, self.char_indices[c]] = 1
        return x

    def decode(self, x, calc_argmax=True):
        if calc_argmax:
            x = x.argmax(axis=-1)
        return "".join(self.indices_char[i] for i in x)


# All the numbers, plus sign and space for padding.
chars = "0123456789+ "
ctable = CharacterTable(chars)

questions = []
expected = []
seen = set()
print("Generating data...")
while len(questions) < TRAINING_SIZE:
    a, b = np.random.randint(0, BIGGEST + 1, 2)
    # Skip any addition questions we've already seen.
    if (a, b) in seen:
        continue
    seen.add((a, b))
    q = "{}+{}".format(a, b)
    query = q + " " * (MAXLEN - len(q))
    ans = str(a + b)
    # Answers can be of maximum size DIGITS: the summands are small.
    ans += " " * (DIGITS - len(ans))
    if REVERSE:
        # Reverse the query, e.g., '12+3' becomes '3+21'.
        query = query[::-1]
    questions.append(query)
    expected.append(ans)
print("Total questions:", len(questions))

x = np.zeros((len(questions), MAXLEN, len(chars)), dtype=bool)
y = np.zeros((len(questions), DIGITS, len(chars)), dtype=bool)
for i, sentence in enumerate(questions):
    x[i] = ctable.encode(sentence, MAXLEN)
for i, sentence in enumerate(expected):
    y[i] = ctable.encode(sentence, DIGITS)

# Explicitly set apart 10% for validation data that we never train over.
split_at = len(x) - len(x) // 10
(x_train, x_val) = x[:split_at], x[split_at:]
(y_train, y_val) = y[:split_at], y[split_at:]

print("Build model...")
model = keras.Sequential()
model.add(layers.Input((MAXLEN, len(chars))))
# "Encode" the input sequence using a LSTM, producing an output of size 48.
model.add(layers.LSTM(48))
# As the decoder RNN's input, repeatedly provide with the last output of RNN for each time step.
model.add(layers.RepeatVector(DIGITS))
model.add(layers.LSTM(48, return_sequences=True))
model.add(layers.Dense(len(chars), activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.Adam(0.015), metrics=["accuracy"])

epochs = 36
batch_size = 25

# Train the model and show predictions against the validation dataset every few epochs.
for epoch in range(0, epochs, 12):
    print()
    print("Iteration", epoch)
    history = model.fit(
        x_train,
        y_train,
        batch_size=batch_size,
        initial_epoch=epoch,
        epochs=epoch + 12,
        validation_data=(x_val, y_val),
        verbose=0,
    )
    print({k: round(v[-1], 4) for k, v in history.history.items()})
    # Select samples from the validation set at random so we can visualize errors.
    ind = np.random.randint(0, len(x_val), 4)
    preds = np.argmax(model.predict(x_val[ind], verbose=0), axis=-1)
    for rowx, rowy, pred in zip(x_val[ind], y_val[ind], preds):
        q = ctable.decode(rowx)
        correct = ctable.decode(rowy)
        guess = ctable.decode(pred, calc_argmax=False)
        print("Q", q[::-1] if REVERSE else q, "T", correct, "☑" if correct == guess else "☒", guess)
