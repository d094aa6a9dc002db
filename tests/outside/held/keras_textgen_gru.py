"""Text generation with an RNN

Trains a GRU to predict the next character of a small corpus, then generates text one
character at a time, feeding the state back in.
"""

import tensorflow as tf

import numpy as np

tf.random.set_seed(11)
np.random.seed(11)

# ## Read the data
lines = []
for animal in ["fox", "hen", "bear", "wolf"]:
    for place in ["hill", "lake", "old barn"]:
        for act in ["sleeps", "sings", "waits"]:
            lines.append(f"The {animal} {act} by the {place}.\n")
np.random.shuffle(lines)
text = "".join(lines * 3)
print(f"Length of text: {len(text)} characters")

vocab = sorted(set(text))
print(f"{len(vocab)} unique characters")

# ## Process the text
ids_from_chars = tf.keras.layers.StringLookup(vocabulary=list(vocab), mask_token=None)
chars_from_ids = tf.keras.layers.StringLookup(
    vocabulary=ids_from_chars.get_vocabulary(), invert=True, mask_token=None)


def text_from_ids(ids):
    return tf.strings.reduce_join(chars_from_ids(ids), axis=-1)


all_ids = ids_from_chars(tf.strings.unicode_split(text, "UTF-8"))
ids_dataset = tf.data.Dataset.from_tensor_slices(all_ids)

seq_length = 30
sequences = ids_dataset.batch(seq_length + 1, drop_remainder=True)


def split_input_target(sequence):
    input_text = sequence[:-1]
    target_text = sequence[1:]
    return input_text, target_text


dataset = sequences.map(split_input_target)

BATCH_SIZE = 8
BUFFER_SIZE = 200

dataset = (
    dataset
    .shuffle(BUFFER_SIZE)
    .batch(BATCH_SIZE, drop_remainder=True)
    .prefetch(tf.data.AUTOTUNE))

# ## Build the model
vocab_size = len(ids_from_chars.get_vocabulary())
embedding_dim = 24
rnn_units = 64


class MyModel(tf.keras.Model):
    def __init__(self, vocab_size, embedding_dim, rnn_units):
        super().__init__()
        self.embedding = tf.keras.layers.Embedding(vocab_size, embedding_dim)
        self.gru = tf.keras.layers.GRU(rnn_units, return_sequences=True, return_state=True)
        self.dense = tf.keras.layers.Dense(vocab_size)

    def call(self, inputs, states=None, return_state=False, training=False):
        x = self.embedding(inputs, training=training)
        x, states = self.gru(x, initial_state=states, training=training)
        x = self.dense(x, training=training)
        if return_state:
            return x, states
        return x


model = MyModel(vocab_size, embedding_dim, rnn_units)

for input_example_batch, target_example_batch in dataset.take(1):
    example_batch_predictions = model(input_example_batch)
    print(example_batch_predictions.shape, "# (batch_size, sequence_length, vocab_size)")

# ## Train the model
loss = tf.losses.SparseCategoricalCrossentropy(from_logits=True)
print("Mean loss before training:", loss(target_example_batch, example_batch_predictions).numpy())

model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.02), loss=loss)
history = model.fit(dataset, epochs=6, verbose=2)


# ## Generate text
@tf.function
def generate_one_step(input_ids, states):
    predicted_logits, states = model(input_ids, states=states, return_state=True)
    predicted_logits = predicted_logits[:, -1, :] / 0.5
    next_ids = tf.random.categorical(predicted_logits, num_samples=1)
    return next_ids, states


next_ids = ids_from_chars(tf.strings.unicode_split(["The "], "UTF-8")).to_tensor()
states = tf.zeros([1, rnn_units])
result = [tf.constant(["The "])]
for n in range(60):
    next_ids, states = generate_one_step(next_ids, states)
    result.append(text_from_ids(next_ids))

print(tf.strings.join(result)[0].numpy().decode("utf-8"))
