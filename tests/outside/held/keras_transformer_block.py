"""
Title: Text classification with Transformer
Description: Implement a Transformer block as a Keras layer and use it for text classification.
"""

import numpy as np
import keras
from keras import ops
from keras import layers

keras.utils.set_random_seed(1)

"""
## Implement a Transformer block as a layer
"""


class TransformerBlock(layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1):
        super().__init__()
        self.att = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.ffn = keras.Sequential(
            [
                layers.Dense(ff_dim, activation="relu"),
                layers.Dense(embed_dim),
            ]
        )
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = layers.Dropout(rate)
        self.dropout2 = layers.Dropout(rate)

    def call(self, inputs, training=None):
        attn_output = self.att(inputs, inputs)
        attn_output = self.dropout1(attn_output, training=training)
        out1 = self.layernorm1(inputs + attn_output)
        ffn_output = self.ffn(out1)
        ffn_output = self.dropout2(ffn_output, training=training)
        return self.layernorm2(out1 + ffn_output)


"""
## Implement embedding layer

Two separate embedding layers, one for tokens, one for token index (positions).
"""


class TokenAndPositionEmbedding(layers.Layer):
    def __init__(self, maxlen, vocab_size, embed_dim):
        super().__init__()
        self.token_emb = layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)
        self.pos_emb = layers.Embedding(input_dim=maxlen, output_dim=embed_dim)

    def call(self, x):
        maxlen = ops.shape(x)[-1]
        positions = ops.arange(start=0, stop=maxlen, step=1)
        positions = self.pos_emb(positions)
        x = self.token_emb(x)
        return x + positions


"""
## Prepare dataset

Every review holds three judging words; what most of them say is its label.
Words 1-6 praise, words 7-12 blame, the others only fill.
"""

vocab_size = 40
maxlen = 10


def make_data(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(13, vocab_size, size=(n, maxlen))
    y = rng.integers(0, 2, size=n)
    for row, label in zip(x, y):
        agree = rng.choice([2, 3])
        says = np.array([label] * agree + [1 - label] * (3 - agree))
        where = rng.choice(maxlen, size=3, replace=False)
        row[where] = np.where(says == 1, 1, 7) + rng.integers(0, 6, size=3)
    return x, y


x_train, y_train = make_data(1600, 0)
x_val, y_val = make_data(300, 1)
print(len(x_train), "Training sequences")
print(len(x_val), "Validation sequences")

"""
## Create classifier model using transformer layer
"""

embed_dim = 16  # Embedding size for each token
num_heads = 2  # Number of attention heads
ff_dim = 16  # Hidden layer size in feed forward network inside transformer

inputs = layers.Input(shape=(maxlen,))
embedding_layer = TokenAndPositionEmbedding(maxlen, vocab_size, embed_dim)
x = embedding_layer(inputs)
transformer_block = TransformerBlock(embed_dim, num_heads, ff_dim)
x = transformer_block(x)
x = layers.GlobalAveragePooling1D()(x)
x = layers.Dropout(0.1)(x)
x = layers.Dense(20, activation="relu")(x)
x = layers.Dropout(0.1)(x)
outputs = layers.Dense(2, activation="softmax")(x)

model = keras.Model(inputs=inputs, outputs=outputs)

"""
## Train and Evaluate
"""

model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.003),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(
    x_train, y_train, batch_size=32, epochs=5, validation_data=(x_val, y_val), verbose=2
)
"""
The loss must have come down:
"""
print(history.history["loss"][0], "->", history.history["loss"][-1])
