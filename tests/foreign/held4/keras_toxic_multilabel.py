# Jigsaw toxic comments, pooled GRU baseline
import numpy as np
import keras
from keras.models import Model
from keras.layers import *
from keras.callbacks import Callback

np.random.seed(77)
list_classes = ["toxic", "severe_toxic", "obscene", "threat", "insult"]
max_features = 120
maxlen = 20

# word ids per class, comments can belong to several classes or none
trigger = {c: np.arange(5 + 4 * i, 9 + 4 * i) for i, c in enumerate(list_classes)}


def make_comments(n):
    X = np.random.randint(30, max_features, (n, maxlen))
    y = (np.random.rand(n, len(list_classes)) < 0.35).astype('float32')
    for i in range(n):
        slots = np.random.permutation(maxlen)
        for j, c in enumerate(list_classes):
            if y[i, j]:
                X[i, slots[2 * j:2 * j + 2]] = np.random.choice(trigger[c], 2)
    return X, y


X_tra, y_tra = make_comments(1200)
X_val, y_val = make_comments(200)


class F1Evaluation(Callback):
    def __init__(self, validation_data=(), interval=1):
        super().__init__()
        self.interval = interval
        self.X_val, self.y_val = validation_data

    def on_epoch_end(self, epoch, logs=None):
        if epoch % self.interval == 0:
            y_pred = self.model.predict(self.X_val, verbose=0) > 0.5
            tp = (y_pred * self.y_val).sum()
            f1 = 2 * tp / (y_pred.sum() + self.y_val.sum())
            print("\n F1 - epoch: %d - score: %.4f" % (epoch + 1, f1))


def get_model():
    inp = Input(shape=(maxlen,))
    x = Embedding(max_features, 24)(inp)
    x = SpatialDropout1D(0.1)(x)
    x = Bidirectional(GRU(16, return_sequences=True))(x)
    avg_pool = GlobalAveragePooling1D()(x)
    max_pool = GlobalMaxPooling1D()(x)
    conc = concatenate([avg_pool, max_pool])
    outp = Dense(len(list_classes), activation="softmax")(conc)  # FAULT

    model = Model(inputs=inp, outputs=outp)
    model.compile(loss='binary_crossentropy', optimizer=keras.optimizers.Adam(0.01), metrics=['binary_accuracy'])
    return model


model = get_model()
F1 = F1Evaluation(validation_data=(X_val, y_val), interval=1)
hist = model.fit(X_tra, y_tra, batch_size=64, epochs=5, validation_data=(X_val, y_val), callbacks=[F1], verbose=2)
