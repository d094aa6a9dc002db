import keras
import numpy as np


class ScaledResidual(keras.layers.Layer):
    def __init__(self, units, scale=0.5, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.scale = scale
        self.inner = keras.layers.Dense(units, activation="relu")

    def call(self, x):
        return x + self.scale * self.inner(x)


class Regressor(keras.Model):
    def __init__(self):
        super().__init__()
        self.stem = keras.layers.Dense(24)
        self.block1 = ScaledResidual(24)
        self.block2 = ScaledResidual(32)  # FAULT
        self.head = keras.layers.Dense(1)

    def call(self, x):
        x = self.stem(x)
        x = self.block1(x)
        x = self.block2(x)
        return self.head(x)


model = Regressor()
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mae")
model.fit(np.random.rand(64, 6), np.random.rand(64, 1), epochs=1, verbose=0)
