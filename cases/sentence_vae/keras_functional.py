"""Names from a point in space: a variational autoencoder of letters, in Keras."""

import argparse

import keras
from dataset import PADDING, VOCABULARY, load, score
from keras import layers, ops

EMBEDDING_SIZE = 16
HIDDEN_SIZE = 48
LATENT_SIZE = 16
KL_WEIGHT = 0.1
ANNEALING = 200  # steps until the weight is reached
EPOCHS = {"tiny": 1, "small": 6, "full": 12}


def reconstruction_loss(letters, logits):
    """Nats per name, (batch,)."""
    losses = keras.losses.sparse_categorical_crossentropy(
        letters, logits, from_logits=True, ignore_class=PADDING
    )
    return ops.sum(losses, axis=1)


def kl_divergence(mean, log_variance):
    """From the normal distribution, nats per name, (batch,)."""
    return -0.5 * ops.sum(1 + log_variance - mean**2 - ops.exp(log_variance), axis=1)


class Sampling(layers.Layer):
    """A draw from the latent distribution, whose divergence is added to the model's loss."""

    def __init__(self):
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator()
        self.step = self.add_weight(shape=(), initializer="zeros", trainable=False, name="step")

    def call(self, mean, log_variance, training=False):
        if not training:
            return mean
        self.step.assign_add(1)
        weight = KL_WEIGHT * ops.minimum(1.0, self.step / ANNEALING)
        self.add_loss(weight * ops.mean(kl_divergence(mean, log_variance)))
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise


def encode(letters):
    embedded = layers.Embedding(len(VOCABULARY), EMBEDDING_SIZE, mask_zero=True)(letters)
    state = layers.GRU(HIDDEN_SIZE)(embedded)
    return layers.Dense(LATENT_SIZE)(state), layers.Dense(LATENT_SIZE)(state)


def decode(latent, letters):
    state = layers.Dense(HIDDEN_SIZE)(latent)
    embedded = layers.Embedding(len(VOCABULARY), EMBEDDING_SIZE)(letters)
    states = layers.GRU(HIDDEN_SIZE, return_sequences=True)(embedded, initial_state=state)
    return layers.Dense(len(VOCABULARY))(states)


def build_model():
    letters = keras.Input(shape=(None,), dtype="int64")
    mean, log_variance = encode(letters)
    latent = Sampling()(mean, log_variance)
    logits = decode(latent, letters[:, :-1])
    return keras.Model(letters, logits)


def train(model, data, *, epochs, batch_size, learning_rate):
    model.compile(optimizer=keras.optimizers.Adam(learning_rate), loss=reconstruction_loss)
    model.fit(
        data.train,
        data.train[:, 1:],
        batch_size=batch_size,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )


def evaluate(model, data):
    logits = model.predict(data.test, verbose=0)
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
