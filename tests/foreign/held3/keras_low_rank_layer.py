"""Writing a layer of one's own: a dense layer of low rank."""
import keras
import numpy as np
from keras import ops


class LowRankDense(keras.layers.Layer):
    def __init__(self, units, rank=2, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.rank = rank
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        self.down = self.add_weight(shape=(input_shape[-1], self.rank), initializer="glorot_uniform", name="down")
        self.up = self.add_weight(shape=(self.units, self.rank), initializer="glorot_uniform", name="up")  # FAULT
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, inputs):
        x = ops.matmul(inputs, self.down)
        x = ops.matmul(x, self.up)  # FAULT
        return self.activation(x + self.bias)


class Classifier(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.hidden = LowRankDense(24, rank=3, activation="relu")
        self.norm = keras.layers.LayerNormalization()
        self.out = keras.layers.Dense(classes)

    def call(self, x):
        return self.out(self.norm(self.hidden(x)))


rng = np.random.default_rng(0)
x = rng.normal(size=(64, 10)).astype("float32")
y = (x[:, 0] > 0).astype("int32") + (x[:, 1] > 0)

model = Classifier(3)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y, epochs=2, batch_size=16, verbose=2)
