from keras import Input, Model, layers


def build(settings):
    source = Input((settings["source_length"],), dtype="int32", name="source")
    x = layers.Embedding(settings["source_words"], settings["embedding"], mask_zero=True)(source)
    encoder = layers.Bidirectional(layers.LSTM(settings["units"], return_state=True), name="encoder")
    _, forward_h, forward_c, backward_h, backward_c = encoder(x)
    state_h = layers.Concatenate()([forward_h, backward_h])
    state_c = layers.Concatenate()([forward_c, backward_c])

    target = Input((settings["target_length"],), dtype="int32", name="target")
    y = layers.Embedding(settings["target_words"], settings["embedding"], mask_zero=True)(target)
    decoder = layers.LSTM(settings["units"], return_sequences=True, name="decoder")  # FAULT
    y = decoder(y, initial_state=[state_h, state_c])
    words = layers.Dense(settings["target_words"], activation="softmax", name="words")(y)
    return Model([source, target], words)
