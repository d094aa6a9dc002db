#!/usr/bin/env python
import argparse

import tensorflow as tf

from digits import load_data
from network import lenet


def pipeline(images, labels, batch_size, training=False):
    ds = tf.data.Dataset.from_tensor_slices((images[..., None], labels))
    if training:
        ds = ds.shuffle(len(images), reshuffle_each_iteration=True)
    return ds.batch(batch_size).map(lambda x, y: (tf.cast(x, tf.float32), tf.one_hot(y, 10))).prefetch(1)


def main(args):
    tf.random.set_seed(args.seed)
    (x_train, y_train), (x_test, y_test) = load_data(seed=args.seed)
    n_val = 200
    train_ds = pipeline(x_train[n_val:], y_train[n_val:], args.batch_size, training=True)
    val_ds = pipeline(x_train[:n_val], y_train[:n_val], args.batch_size)
    test_ds = pipeline(x_test, y_test, args.batch_size)

    model = lenet(x_train.shape[1:] + (1,), 10)
    model.summary(print_fn=lambda line: print(line) if args.verbose else None)
    model.compile(
        optimizer=tf.keras.optimizers.get({"class_name": args.optimizer, "config": {"learning_rate": args.lr}}),
        loss=tf.keras.losses.CategoricalCrossentropy(label_smoothing=0.05),
        metrics=["accuracy", tf.keras.metrics.TopKCategoricalAccuracy(k=2, name="top2")],
    )

    def halve_late(epoch, lr):
        return lr * 0.5 if epoch >= 4 else lr

    model.fit(
        train_ds,
        validation_data=val_ds,
        epochs=args.epochs,
        callbacks=[tf.keras.callbacks.LearningRateScheduler(halve_late), tf.keras.callbacks.TerminateOnNaN()],
        verbose=2,
    )
    loss, acc, top2 = model.evaluate(test_ds, verbose=0)
    print("test: loss {:.3f} accuracy {:.3f} top-2 {:.3f}".format(loss, acc, top2))


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--epochs", type=int, default=7)
    p.add_argument("--batch-size", type=int, default=32)
    p.add_argument("--lr", type=float, default=4e-3)
    p.add_argument("--optimizer", default="Adam")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--verbose", action="store_true")
    main(p.parse_args())
