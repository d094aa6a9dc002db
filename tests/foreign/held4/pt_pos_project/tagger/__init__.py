from .data import PAD, load_corpus, make_loader, Vocab
from .net import GRUTagger
from .engine import train_one_epoch, evaluate
