import keras
import numpy as np

from numbertalk import text
from numbertalk.losses import masked_accuracy, masked_loss
from numbertalk.network import Speaker
from numbertalk.settings import ModelSettings, TrainSettings, describe


def say(model, number):
    source = np.array([text.encode_source(number)], dtype="int32")
    target = np.zeros((1, text.TARGET_LEN - 1), dtype="int32")
    target[0, 0] = text.WORD_ID["<start>"]
    words = []
    for t in range(text.TARGET_LEN - 1):
        logits = model((source, target))
        word = int(np.argmax(logits[0, t]))
        if text.WORDS[word] == "<end>":
            break
        words.append(text.WORDS[word])
        if t + 1 < target.shape[1]:
            target[0, t + 1] = word
    return " ".join(words)


def main():
    model_settings, train_settings = ModelSettings(), TrainSettings()
    describe(model_settings, train_settings)
    keras.utils.set_random_seed(train_settings.seed)

    numbers, source, target = text.corpus(train_settings.seed)
    decoder_in, decoder_out = target[:, :-1], target[:, 1:]
    n_train = 1700

    model = Speaker(len(text.SOURCE) + 1, len(text.WORDS), model_settings)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=train_settings.learning_rate, clipnorm=train_settings.clipnorm),
        loss=masked_loss,
        metrics=[masked_accuracy],
    )
    model.fit(
        (source[:n_train], decoder_in[:n_train]),
        decoder_out[:n_train],
        validation_data=((source[n_train:], decoder_in[n_train:]), decoder_out[n_train:]),
        batch_size=train_settings.batch_size,
        epochs=train_settings.epochs,
        verbose=2,
    )
    for number in numbers[n_train : n_train + 4].tolist():
        print(f"{number:>5}: {say(model, number)}   ({' '.join(text.speak(number))})")


if __name__ == "__main__":
    main()
