"""Names from a point in space: a variational autoencoder of letters, in Keras."""

import argparse

import keras
import tensorflow as tf
from dataset import PADDING, VOCABULARY, load, score
from keras import layers, ops

EMBEDDING_SIZE = 16
HIDDEN_SIZE = 48
LATENT_SIZE = 16
KL_WEIGHT = 0.1
ANNEALING = 200  # steps until the weight is reached
EPOCHS = {"tiny": 1, "small": 6, "full": 12}


class Encoder(layers.Layer):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(len(VOCABULARY), EMBEDDING_SIZE, mask_zero=True)
        self.gru = layers.GRU(HIDDEN_SIZE)
        self.mean = layers.Dense(LATENT_SIZE)
        self.log_variance = layers.Dense(LATENT_SIZE)

    def call(self, letters):
        state = self.gru(self.embedding(letters))
        return self.mean(state), self.log_variance(state)


class Sampling(layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, mean, log_variance, training=False):
        if not training:
            return mean
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise


class Decoder(layers.Layer):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(len(VOCABULARY), EMBEDDING_SIZE)
        self.start = layers.Dense(HIDDEN_SIZE)
        self.gru = layers.GRU(HIDDEN_SIZE, return_sequences=True)
        self.head = layers.Dense(len(VOCABULARY))

    def call(self, latent, letters):
        state = self.start(latent)
        states = self.gru(self.embedding(letters), initial_state=state)
        return self.head(states)


def reconstruction_loss(letters, logits):
    """Nats per name, (batch,)."""
    losses = keras.losses.sparse_categorical_crossentropy(
        letters, logits, from_logits=True, ignore_class=PADDING
    )
    return ops.sum(losses, axis=1)


def kl_divergence(mean, log_variance):
    """From the normal distribution, nats per name, (batch,)."""
    return -0.5 * ops.sum(1 + log_variance - mean**2 - ops.exp(log_variance), axis=1)


class SentenceVAE(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.sampling = Sampling()
        self.decoder = Decoder()

    def call(self, letters, training=False):
        mean, log_variance = self.encoder(letters)
        latent = self.sampling(mean, log_variance, training=training)
        return self.decoder(latent, letters[:, :-1]), mean, log_variance

    def train_step(self, letters):
        step = ops.cast(self.optimizer.iterations + 1, "float32")
        weight = KL_WEIGHT * ops.minimum(1.0, step / ANNEALING)
        with tf.GradientTape() as tape:
            logits, mean, log_variance = self(letters, training=True)
            reconstruction = ops.mean(reconstruction_loss(letters[:, 1:], logits))
            loss = reconstruction + weight * ops.mean(kl_divergence(mean, log_variance))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return {"loss": loss}


def build_model():
    return SentenceVAE()


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(optimizer=keras.optimizers.Adam(learning_rate))
    model.fit(data.train, batch_size=batch_size, epochs=epochs, shuffle=False, verbose=0)


def evaluate(model, data):
    logits, _, _ = model.predict(data.test, verbose=0)
    return score(logits, data.test[:, 1:])


def main(seed=0, size="small"):
    keras.utils.set_random_seed(seed)
    data = load(size)
    model = build_model()
    train(model, data, epochs=EPOCHS[size], batch_size=32, learning_rate=3e-3)
    return evaluate(model, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=list(EPOCHS), default="small")
    arguments = parser.parse_args()
    print(main(arguments.seed, arguments.size))
