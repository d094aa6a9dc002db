import keras
from keras.callbacks import EarlyStopping
from keras.layers import TextVectorization

import config
import dataset
from evaluation import RocAucEvaluation, roc_auc
from model import get_model


def main():
    keras.utils.set_random_seed(config.SEED)
    (train_texts, train_y), (test_texts, test_y) = dataset.load()

    vectorizer = TextVectorization(max_tokens=config.DATA["max_words"],
                                   output_sequence_length=config.DATA["max_len"])
    vectorizer.adapt(train_texts)
    train_x = vectorizer(train_texts).numpy()
    test_x = vectorizer(test_texts).numpy()

    # the last part of the training data watches over early stopping
    n_val = len(train_x) // 8
    fit_x, fit_y = train_x[:-n_val], train_y[:-n_val]
    val_x, val_y = train_x[-n_val:], train_y[-n_val:]

    model = get_model(
        vocab_size=vectorizer.vocabulary_size(),
        max_len=config.DATA["max_len"],
        n_labels=len(config.LABELS),
        learning_rate=config.TRAIN["learning_rate"],
        **config.MODEL,
    )
    model.fit(
        fit_x, fit_y,
        batch_size=config.TRAIN["batch_size"],
        epochs=config.TRAIN["epochs"],
        validation_data=(val_x, val_y),
        callbacks=[
            RocAucEvaluation(val_x, val_y, interval=2),
            EarlyStopping(patience=config.TRAIN["patience"], restore_best_weights=True),
        ],
        verbose=2,
    )

    prediction = model.predict(test_x, verbose=0)
    for k, label in enumerate(config.LABELS):
        print(f"{label:10s} auc {roc_auc(test_y[:, k], prediction[:, k]):.3f}")


if __name__ == "__main__":
    main()
