"""GAN on a one-dimensional mixture, own training loop with GradientTape."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class Settings:
    noise = 3
    batch = 64
    steps = 300
    lr = 2e-3


def real_batch(n):
    side = np.random.randint(0, 2, size=(n, 1)) * 4.0 - 2.0
    return tf.constant(side + 0.2 * np.random.randn(n, 1), dtype=tf.float32)


def build_generator(cfg):
    return keras.Sequential([
        layers.Input((cfg.noise,)),
        layers.Dense(24, activation="relu"),
        layers.Dense(24, activation="relu"),
        layers.Dense(1),
    ], name="generator")


def build_discriminator():
    return keras.Sequential([
        layers.Input((1,)),
        layers.Dense(24, activation="relu"),
        layers.Dense(24, activation="relu"),
        layers.Dense(1),
    ], name="discriminator")


class GANTrainer:
    def __init__(self, cfg):
        self.cfg = cfg
        self.gen = build_generator(cfg)
        self.disc = build_discriminator()
        self.g_opt = keras.optimizers.Adam(cfg.lr, beta_1=0.5)
        self.d_opt = keras.optimizers.Adam(cfg.lr, beta_1=0.5)
        self.bce = keras.losses.BinaryCrossentropy(from_logits=True)

    def losses(self, real, z):
        fake = self.gen(z, training=True)
        real_logits = self.disc(real, training=True)
        fake_logits = self.disc(fake, training=True)
        d_loss = self.bce(tf.ones_like(real_logits), real_logits) + self.bce(tf.zeros_like(fake_logits), fake_logits)
        g_loss = self.bce(tf.ones_like(fake_logits), fake_logits)
        return g_loss, d_loss

    @tf.function
    def train_step(self, real):
        z = tf.random.normal((self.cfg.batch, self.cfg.noise))
        with tf.GradientTape(persistent=True) as tape:
            g_loss, d_loss = self.losses(real, z)
        g_grads = tape.gradient(g_loss, self.gen.trainable_variables)
        d_grads = tape.gradient(d_loss, self.disc.trainable_variables)
        self.g_opt.apply_gradients(zip(g_grads, self.gen.trainable_variables))
        self.d_opt.apply_gradients(zip(d_grads, self.disc.trainable_variables))
        return g_loss, d_loss


def main():
    keras.utils.set_random_seed(2)
    cfg = Settings()
    trainer = GANTrainer(cfg)
    for step in range(1, cfg.steps + 1):
        g, d = trainer.train_step(real_batch(cfg.batch))
        if step % 60 == 0:
            print(f"step {step}: generator {float(g):.3f} discriminator {float(d):.3f}")
    samples = trainer.gen(tf.random.normal((500, cfg.noise))).numpy()
    print(f"samples: mean {samples.mean():.2f} std {samples.std():.2f}")


if __name__ == "__main__":
    main()
