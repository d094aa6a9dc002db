from keras import layers


def conv_bn(x, filters, stride=1, activation=True):
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.Activation("relu")(x) if activation else x


def residual_block(x, filters, stride=1):
    shortcut = x  # FAULT
    if stride != 1:  # FAULT
        shortcut = layers.Conv2D(filters, 1, strides=stride, use_bias=False)(x)
        shortcut = layers.BatchNormalization()(shortcut)
    y = conv_bn(x, filters, stride)
    y = conv_bn(y, filters, activation=False)
    y = layers.Add()([y, shortcut])
    return layers.Activation("relu")(y)
