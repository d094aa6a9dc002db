import keras


def masked_loss(label, logits):
    """Cross-entropy over the words that are no padding."""
    mask = keras.ops.cast(keras.ops.not_equal(label, 0), logits.dtype)
    loss = keras.losses.sparse_categorical_crossentropy(label, logits, from_logits=True)
    return keras.ops.sum(loss * mask) / keras.ops.sum(mask)


def masked_accuracy(label, logits):
    label = keras.ops.cast(label, "int64")
    mask = keras.ops.not_equal(label, 0)
    match = keras.ops.equal(label, keras.ops.cast(keras.ops.argmax(logits, axis=-1), "int64"))
    match = keras.ops.cast(keras.ops.logical_and(match, mask), "float32")
    return keras.ops.sum(match) / keras.ops.sum(keras.ops.cast(mask, "float32"))
