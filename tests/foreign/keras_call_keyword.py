import keras
import numpy as np
from keras import ops


class PositionalEmbedding(keras.layers.Layer):
    def __init__(self, length, vocab, dim):
        super().__init__()
        self.token = keras.layers.Embedding(vocab, dim)
        self.position = keras.layers.Embedding(length, dim)
        self.length = length

    def call(self, ids):
        return self.token(ids) + self.position(ops.arange(self.length))


class Block(keras.layers.Layer):
    def __init__(self, dim, heads):
        super().__init__()
        self.attend = keras.layers.MultiHeadAttention(num_heads=heads, key_dim=dim // heads)
        self.norm = keras.layers.LayerNormalization()

    def call(self, x):
        attended = self.attend(query=x, keys=x, value=x)  # FAULT
        return self.norm(x + attended)


inputs = keras.Input((20,), dtype="int32")
h = PositionalEmbedding(20, 100, 32)(inputs)
h = Block(32, 4)(h)
h = keras.layers.GlobalAveragePooling1D()(h)
model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(h))
print(model.predict(np.ones((2, 20), "int32"), verbose=0))
