# LSTM autoencoder for anomaly detection on vibration sensor data
import numpy as np
import tensorflow as tf
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Input, LSTM, Dense, RepeatVector, TimeDistributed, Dropout

np.random.seed(1)
tf.random.set_seed(1)

TIME_STEPS = 20
n = 1500
t = np.arange(n)
signal = np.stack([np.sin(t / 5.0), np.cos(t / 5.0) * 0.5], axis=1) + 0.05 * np.random.randn(n, 2)
test_signal = signal.copy()[-400:]
test_signal[200:230] += np.random.randn(30, 2)  # the anomaly
train = signal[:1100]

mean, std = train.mean(axis=0), train.std(axis=0)
train = (train - mean) / std
test = (test_signal - mean) / std


# Generated training sequences for use in the model.
def create_sequences(values, time_steps=TIME_STEPS):
    output = []
    for i in range(len(values) - time_steps + 1):
        output.append(values[i: (i + time_steps)])
    return np.stack(output)


x_train = create_sequences(train)
x_test = create_sequences(test)
print("Training input shape: ", x_train.shape)

model = Sequential()
model.add(Input(shape=(x_train.shape[1], x_train.shape[2])))
model.add(LSTM(32))
model.add(Dropout(rate=0.2))  # FAULT
model.add(LSTM(32, return_sequences=True))
model.add(Dropout(rate=0.2))
model.add(TimeDistributed(Dense(x_train.shape[2])))
model.compile(optimizer='adam', loss='mae')
model.summary()

history = model.fit(x_train, x_train, epochs=3, batch_size=64, validation_split=0.1,
                    callbacks=[tf.keras.callbacks.EarlyStopping(monitor='val_loss', patience=3, mode='min')],
                    shuffle=False, verbose=2)

# max MAE loss on the training data is the threshold
x_train_pred = model.predict(x_train, verbose=0)
train_mae_loss = np.mean(np.abs(x_train_pred - x_train), axis=(1, 2))
threshold = np.max(train_mae_loss)
print("Reconstruction error threshold: ", threshold)
x_test_pred = model.predict(x_test, verbose=0)
test_mae_loss = np.mean(np.abs(x_test_pred - x_test), axis=(1, 2))
anomalies = test_mae_loss > threshold
print("Number of anomaly samples: ", np.sum(anomalies))
