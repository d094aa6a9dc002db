# translate human dates ("3 jan 1999") into iso format, char level seq2seq w/ teacher forcing
import random
import datetime
import numpy as np
import keras
from keras import layers

random.seed(1)
batch_size = 64
epochs = 3
encoder_dim = 64
decoder_dim = 96

months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split()
input_texts, target_texts = [], []
for _ in range(800):
    d = datetime.date(1950, 1, 1) + datetime.timedelta(days=random.randint(0, 25000))
    fmt = random.choice(['{d} {m} {y}', '{m} {d}, {y}', '{d}.{n}.{y}'])
    input_texts.append(fmt.format(d=d.day, m=months[d.month - 1], y=d.year, n=d.month))
    target_texts.append('\t' + d.isoformat() + '\n')

input_characters = sorted(set(''.join(input_texts)))
target_characters = sorted(set(''.join(target_texts)))
num_encoder_tokens = len(input_characters)
num_decoder_tokens = len(target_characters)
max_encoder_seq_length = max(len(t) for t in input_texts)
max_decoder_seq_length = max(len(t) for t in target_texts)
print('Number of samples:', len(input_texts))

input_token_index = {c: i for i, c in enumerate(input_characters)}
target_token_index = {c: i for i, c in enumerate(target_characters)}

encoder_input_data = np.zeros((len(input_texts), max_encoder_seq_length, num_encoder_tokens), dtype='float32')
decoder_input_data = np.zeros((len(input_texts), max_decoder_seq_length, num_decoder_tokens), dtype='float32')
decoder_target_data = np.zeros((len(input_texts), max_decoder_seq_length, num_decoder_tokens), dtype='float32')
for i, (input_text, target_text) in enumerate(zip(input_texts, target_texts)):
    for t, char in enumerate(input_text):
        encoder_input_data[i, t, input_token_index[char]] = 1.0
    for t, char in enumerate(target_text):
        decoder_input_data[i, t, target_token_index[char]] = 1.0
        if t > 0:
            # decoder_target_data is ahead by one timestep and has no start character
            decoder_target_data[i, t - 1, target_token_index[char]] = 1.0

# encoder
encoder_inputs = keras.Input(shape=(None, num_encoder_tokens))
encoder = layers.LSTM(encoder_dim, return_state=True)  # FAULT
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
encoder_states = [state_h, state_c]  # discard encoder_outputs

# decoder
decoder_inputs = keras.Input(shape=(None, num_decoder_tokens))
decoder_lstm = layers.LSTM(decoder_dim, return_sequences=True, return_state=True)  # FAULT
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = layers.Dense(num_decoder_tokens, activation='softmax')
decoder_outputs = decoder_dense(decoder_outputs)

model = keras.Model([encoder_inputs, decoder_inputs], decoder_outputs)
model.compile(optimizer='rmsprop', loss='categorical_crossentropy', metrics=['accuracy'])
model.fit([encoder_input_data, decoder_input_data], decoder_target_data,
          batch_size=batch_size, epochs=epochs, validation_split=0.2)
