from keras import Input, Model, layers, optimizers


def get_model(vocab_size, max_len, n_labels, learning_rate, embed_size, spatial_dropout, gru_units, dense_units, dropout):
    inp = Input(shape=(max_len,), dtype="int64")
    x = layers.Embedding(vocab_size, embed_size)(inp)
    x = layers.SpatialDropout1D(spatial_dropout)(x)
    x = layers.Bidirectional(layers.GRU(gru_units, return_sequences=True))(x)
    avg_pool = layers.GlobalAveragePooling1D()(x)
    max_pool = layers.GlobalMaxPooling1D()(x)
    conc = layers.concatenate([avg_pool, max_pool])
    conc = layers.Dense(dense_units, activation="relu")(conc)
    conc = layers.Dropout(dropout)(conc)
    outp = layers.Dense(n_labels, activation="sigmoid")(conc)

    model = Model(inputs=inp, outputs=outp)
    model.compile(
        loss="binary_crossentropy",
        optimizer=optimizers.Adam(learning_rate=learning_rate),
        metrics=["binary_accuracy"],
    )
    return model
