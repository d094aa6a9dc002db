import keras
from blocks import conv_bn, residual_block
from keras import layers


def build_resnet(cfg):
    inputs = keras.Input(shape=(cfg["size"], cfg["size"], 3))
    x = layers.Rescaling(1.0 / 255)(inputs)
    x = conv_bn(x, cfg["stem"])
    for stage in cfg["stages"]:
        for i in range(stage["blocks"]):
            x = residual_block(x, stage["filters"], stride=stage["stride"] if i == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(cfg["dropout"])(x)
    outputs = layers.Dense(cfg["classes"], activation="softmax")(x)
    return keras.Model(inputs, outputs, name="resnet")
