import numpy as np
import keras

MAX_WORDS = 300
MAXLEN = 12

rng = np.random.default_rng(5)
sequences = rng.integers(1, MAX_WORDS + 60, size=(90, MAXLEN))
sentiment = rng.integers(0, 2, size=(90, 1))

inputs = keras.layers.Input(shape=(MAXLEN,), dtype="int32")
x = keras.layers.Embedding(input_dim=MAX_WORDS, output_dim=16)(inputs)  # FAULT
x = keras.layers.Bidirectional(keras.layers.LSTM(8))(x)
x = keras.layers.Dropout(0.3)(x)
outputs = keras.layers.Dense(1, activation="sigmoid")(x)

classifier = keras.Model(inputs, outputs)
classifier.compile("adam", "binary_crossentropy")
classifier.fit(sequences, sentiment, epochs=1, batch_size=30, verbose=0)
