import tensorflow as tf

MAX_EPOCHS = 5


def conv_lstm(units=16):
    return tf.keras.models.Sequential([
        tf.keras.layers.Conv1D(filters=16, kernel_size=(3,), activation='relu'),
        tf.keras.layers.LSTM(units, return_sequences=False),
        tf.keras.layers.Dense(units=1),
    ])


def compile_and_fit(model, window, patience=2):
    early_stopping = tf.keras.callbacks.EarlyStopping(monitor='val_loss', patience=patience, mode='min')
    model.compile(loss=tf.keras.losses.MeanSquaredError(),
                  optimizer=tf.keras.optimizers.Adam(learning_rate=3e-3),
                  metrics=[tf.keras.metrics.MeanAbsoluteError()])
    history = model.fit(window.train, epochs=MAX_EPOCHS, validation_data=window.val,
                        callbacks=[early_stopping], verbose=2)
    return history
