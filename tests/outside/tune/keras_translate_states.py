"""Character-level sequence-to-sequence translation of number words into Roman numerals.

- Encoder LSTM turns the input into its last states.
- Decoder LSTM starts from these states and is taught to predict the next character
  of the target ("teacher forcing").
- At inference the decoder is fed with its own output.
"""
import random

import numpy as np
import keras

random.seed(0)
keras.utils.set_random_seed(0)

batch_size = 32
epochs = 10
latent_dim = 48

ONES = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TENS = ["", "ten", "twenty", "thirty", "forty"]


def roman(n):
    out = ""
    for value, letters in [(40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")]:
        while n >= value:
            out += letters
            n -= value
    return out


numbers = [n for n in range(1, 50) for _ in range(12)]
random.shuffle(numbers)
input_texts = []
target_texts = []
for n in numbers:
    input_texts.append((TENS[n // 10] + " " + ONES[n % 10]).strip())
    # We use "tab" as the start sequence character and "\n" as the end sequence character.
    target_texts.append("\t" + roman(n) + "\n")

input_characters = sorted(set("".join(input_texts)))
target_characters = sorted(set("".join(target_texts)))
num_encoder_tokens = len(input_characters)
num_decoder_tokens = len(target_characters)
max_encoder_seq_length = max(len(txt) for txt in input_texts)
max_decoder_seq_length = max(len(txt) for txt in target_texts)

print("Number of samples:", len(input_texts))
print("Number of unique input tokens:", num_encoder_tokens)
print("Number of unique output tokens:", num_decoder_tokens)

input_token_index = dict((char, i) for i, char in enumerate(input_characters))
target_token_index = dict((char, i) for i, char in enumerate(target_characters))

encoder_input_data = np.zeros((len(input_texts), max_encoder_seq_length, num_encoder_tokens), dtype="float32")
decoder_input_data = np.zeros((len(input_texts), max_decoder_seq_length, num_decoder_tokens), dtype="float32")
decoder_target_data = np.zeros((len(input_texts), max_decoder_seq_length, num_decoder_tokens), dtype="float32")

for i, (input_text, target_text) in enumerate(zip(input_texts, target_texts)):
    offset = max_encoder_seq_length - len(input_text)
    for t, char in enumerate(input_text):
        encoder_input_data[i, offset + t, input_token_index[char]] = 1.0
    for t, char in enumerate(target_text):
        # decoder_target_data is ahead of decoder_input_data by one timestep
        decoder_input_data[i, t, target_token_index[char]] = 1.0
        if t > 0:
            decoder_target_data[i, t - 1, target_token_index[char]] = 1.0
    decoder_input_data[i, t + 1 :, target_token_index["\n"]] = 1.0
    decoder_target_data[i, t:, target_token_index["\n"]] = 1.0

# Define an input sequence and process it.
encoder_inputs = keras.Input(shape=(None, num_encoder_tokens))
encoder = keras.layers.LSTM(latent_dim, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)

# We discard `encoder_outputs` and only keep the states.
encoder_states = [state_h, state_c]

# Set up the decoder, using `encoder_states` as initial state.
decoder_inputs = keras.Input(shape=(None, num_decoder_tokens))
decoder_lstm = keras.layers.LSTM(latent_dim, return_sequences=True, return_state=True)
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = keras.layers.Dense(num_decoder_tokens, activation="softmax")
decoder_outputs = decoder_dense(decoder_outputs)

model = keras.Model([encoder_inputs, decoder_inputs], decoder_outputs)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(
    [encoder_input_data, decoder_input_data],
    decoder_target_data,
    batch_size=batch_size,
    epochs=epochs,
    verbose=2,
)

# Inference: encode once, then step the decoder with its own weights.
encoder_model = keras.Model(encoder_inputs, encoder_states)
decoder_state_input_h = keras.Input(shape=(latent_dim,))
decoder_state_input_c = keras.Input(shape=(latent_dim,))
decoder_outputs, state_h_dec, state_c_dec = decoder_lstm(
    decoder_inputs, initial_state=[decoder_state_input_h, decoder_state_input_c]
)
decoder_model = keras.Model(
    [decoder_inputs, decoder_state_input_h, decoder_state_input_c],
    [decoder_dense(decoder_outputs), state_h_dec, state_c_dec],
)


def decode_sequence(input_seq):
    h, c = encoder_model(input_seq)
    target_seq = np.zeros((1, 1, num_decoder_tokens), dtype="float32")
    target_seq[0, 0, target_token_index["\t"]] = 1.0
    decoded = ""
    while len(decoded) < max_decoder_seq_length:
        output_tokens, h, c = decoder_model([keras.ops.convert_to_tensor(target_seq), h, c])
        sampled = int(np.argmax(output_tokens[0, -1, :]))
        if target_characters[sampled] == "\n":
            break
        decoded += target_characters[sampled]
        target_seq = np.zeros((1, 1, num_decoder_tokens), dtype="float32")
        target_seq[0, 0, sampled] = 1.0
    return decoded


for seq_index in range(5):
    print("-", input_texts[seq_index], "->", decode_sequence(encoder_input_data[seq_index : seq_index + 1]))
