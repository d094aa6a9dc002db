import argparse

import keras
from data import CellSequence
from network import CellNet


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--kinds", type=int, default=3)
    return parser.parse_args()


def main():
    args = parse()
    keras.utils.set_random_seed(5)
    train = CellSequence(range(40), batch_size=args.batch_size)
    val = CellSequence(range(40, 56), batch_size=args.batch_size)
    model = CellNet(args.kinds)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(train, validation_data=val, epochs=args.epochs, verbose=2)


if __name__ == "__main__":
    main()
