import numpy as np
from keras.layers import LSTM, Dense, Dropout
from keras.models import Sequential


def split_sequence(series, n_steps):
    X, y = [], []
    for i in range(len(series) - n_steps):
        X.append(series[i : i + n_steps])
        y.append(series[i + n_steps])
    return np.array(X), np.array(y)


raw = np.sin(np.arange(0, 60, 0.25))
n_steps, n_features = 10, 1
X, y = split_sequence(raw, n_steps)
X = X.reshape((X.shape[0], X.shape[1], n_features))

model = Sequential()
model.add(LSTM(20, activation="tanh", input_shape=(n_steps, n_features)))  # FAULT
model.add(Dropout(0.1))
model.add(LSTM(20, activation="tanh"))
model.add(Dense(1))
model.compile(optimizer="adam", loss="mse")
model.fit(X, y, epochs=1, verbose=0)
