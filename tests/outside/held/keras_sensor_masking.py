import os
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Masking, LSTM, Dense, Dropout, Input
from tensorflow.keras.callbacks import EarlyStopping

# Remaining life of a machine from its last sensor readings. Short histories are padded with -1.
params = {
    'timesteps': 15,
    'sensors': 3,
    'units': 24,
    'mask_value': -1.0,
    'epochs': 10,
    'batch_size': 32,
    'patience': 4,
}

np.random.seed(10)
keras.utils.set_random_seed(10)

def simulate_engine():
    life = np.random.randint(25, 60)
    t = np.arange(life)
    wear = (t / life) ** 2
    readings = np.stack([
        0.3 + 0.5 * wear + np.random.normal(0, 0.02, life),
        0.8 - 0.4 * wear + np.random.normal(0, 0.02, life),
        0.5 + np.random.normal(0, 0.05, life),
    ], axis=1)
    rul = np.minimum(life - t - 1, 25) / 25.0
    return readings, rul

def gen_samples(n_engines, per_engine):
    X = np.full((n_engines * per_engine, params['timesteps'], params['sensors']), params['mask_value'], dtype='float32')
    y = np.zeros((n_engines * per_engine, 1), dtype='float32')
    k = 0
    for e in range(n_engines):
        readings, rul = simulate_engine()
        for end in np.random.choice(np.arange(5, len(rul)), per_engine, replace=False):
            history = readings[max(0, end - params['timesteps'] + 1):end + 1]
            X[k, -len(history):] = history      # pre-padding
            y[k] = rul[end]
            k += 1
    return X, y

X_train, y_train = gen_samples(60, 15)
X_test, y_test = gen_samples(20, 10)
print(X_train.shape, y_train.shape)

# samples stand engine by engine, so validation_split below takes the last engines whole

model = Sequential()
model.add(Input(shape=(params['timesteps'], params['sensors'])))
model.add(Masking(mask_value=params['mask_value']))
model.add(LSTM(params['units']))
model.add(Dropout(0.1))
model.add(Dense(12, activation='relu'))
model.add(Dense(1))

model.compile(loss='mean_squared_error', optimizer=keras.optimizers.Adam(learning_rate=0.01), metrics=['mae'])

es = EarlyStopping(monitor='val_loss', min_delta=0, patience=params['patience'], mode='min', restore_best_weights=True)
history = model.fit(X_train, y_train, epochs=params['epochs'], batch_size=params['batch_size'],
                    validation_split=0.15, verbose=2, callbacks=[es])

mse, mae = model.evaluate(X_test, y_test, verbose=0)
baseline = np.mean(np.abs(y_test - y_train.mean()))
print('test mse %.4f   mae in cycles %.2f   (mean as guess: %.2f)' % (mse, mae * 25, baseline * 25))

pred = model.predict(X_test[:5], verbose=0)
for a, b in zip(pred.flatten(), y_test[:5].flatten()):
    print('predicted %.1f  real %.1f' % (a * 25, b * 25))
