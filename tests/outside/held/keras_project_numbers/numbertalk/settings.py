from dataclasses import asdict, dataclass


@dataclass
class ModelSettings:
    embedding_dim: int = 16
    units: int = 48


@dataclass
class TrainSettings:
    learning_rate: float = 1e-2
    batch_size: int = 64
    epochs: int = 4
    clipnorm: float = 1.0
    seed: int = 4


def describe(*parts):
    for part in parts:
        for key, value in asdict(part).items():
            print(f"{type(part).__name__}.{key} = {value}")
