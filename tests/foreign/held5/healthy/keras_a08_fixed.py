# Sequence-to-sequence in Keras: learn to shift letters by one (a becomes b, ...)
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

letters = "abcdefgh"
START, STOP = "<", ">"
alphabet = [START, STOP] + list(letters)
index = {ch: i for i, ch in enumerate(alphabet)}
word_len = 5
num_tokens = len(alphabet)
latent_dim = 48


def random_word():
    return "".join(np.random.choice(list(letters), word_len))


def shift(word):
    return "".join(letters[(letters.index(c) + 1) % len(letters)] for c in word)


def vectorize(words):
    n = len(words)
    enc = np.zeros((n, word_len, num_tokens), dtype="float32")
    dec_in = np.zeros((n, word_len + 1, num_tokens), dtype="float32")
    dec_out = np.zeros((n, word_len + 1, num_tokens), dtype="float32")
    for i, w in enumerate(words):
        target = shift(w)
        for t, c in enumerate(w):
            enc[i, t, index[c]] = 1.0
        for t, c in enumerate(START + target):
            dec_in[i, t, index[c]] = 1.0
        for t, c in enumerate(target + STOP):
            dec_out[i, t, index[c]] = 1.0
    return enc, dec_in, dec_out


encoder_data, decoder_data, decoder_target = vectorize([random_word() for _ in range(800)])

encoder_inputs = keras.Input(shape=(None, num_tokens))
encoder = layers.LSTM(latent_dim, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
encoder_states = [state_h, state_c]

decoder_inputs = keras.Input(shape=(None, num_tokens))
decoder_lstm = layers.LSTM(latent_dim, return_sequences=True)
decoder_outputs = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_outputs = layers.Dense(num_tokens, activation="softmax")(decoder_outputs)

model = keras.Model([encoder_inputs, decoder_inputs], decoder_outputs)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy", metrics=["accuracy"])
model.fit([encoder_data, decoder_data], decoder_target, batch_size=32, epochs=10, validation_split=0.2, verbose=2)

word = random_word()
e, d, _ = vectorize([word])
pred = model.predict([e, d], verbose=0)[0].argmax(-1)
print(word, "->", "".join(alphabet[i] for i in pred))
