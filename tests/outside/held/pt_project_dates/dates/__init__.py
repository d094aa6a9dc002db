from .dataset import DateDataset, Vocab
from .engine import Engine
from .nets import DateTransformer

__all__ = ["DateDataset", "DateTransformer", "Engine", "Vocab"]
