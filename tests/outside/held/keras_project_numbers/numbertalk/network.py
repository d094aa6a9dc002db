import keras
from keras import layers

from .settings import ModelSettings


class Speaker(keras.Model):
    """GRU encoder and decoder with dot-product attention (Luong)."""

    def __init__(self, source_size: int, target_size: int, settings: ModelSettings):
        super().__init__()
        self.source_embedding = layers.Embedding(source_size, settings.embedding_dim)
        self.target_embedding = layers.Embedding(target_size, settings.embedding_dim)
        self.encoder = layers.GRU(settings.units, return_sequences=True, return_state=True)
        self.decoder = layers.GRU(settings.units, return_sequences=True)
        self.attention = layers.Attention()
        self.combine = layers.Dense(settings.units, activation="tanh")
        self.logits = layers.Dense(target_size)

    def call(self, inputs, training=None):
        source, target = inputs
        memory, state = self.encoder(self.source_embedding(source))
        states = self.decoder(self.target_embedding(target), initial_state=state)
        context = self.attention([states, memory], mask=[None, keras.ops.not_equal(source, 0)])
        return self.logits(self.combine(keras.ops.concatenate([states, context], axis=-1)))
