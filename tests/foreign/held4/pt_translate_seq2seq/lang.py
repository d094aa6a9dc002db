import random
import torch

SOS_token, EOS_token = 0, 1
MAX_LENGTH = 10


class Lang:
    def __init__(self, name):
        self.name = name
        self.word2index = {"SOS": 0, "EOS": 1}
        self.index2word = {0: "SOS", 1: "EOS"}
        self.n_words = 2  # Count SOS and EOS

    def addSentence(self, sentence):
        for word in sentence.split(' '):
            if word not in self.word2index:
                self.word2index[word] = self.n_words
                self.index2word[self.n_words] = word
                self.n_words += 1


def prepareData():
    subj = {'i am': 'je suis', 'you are': 'vous etes', 'he is': 'il est', 'she is': 'elle est', 'we are': 'nous sommes'}
    adj = {'tired': 'fatigue', 'happy': 'content', 'late': 'en retard', 'ready': 'pret', 'sick': 'malade', 'rich': 'riche'}
    adv = {'': '', 'very': 'tres', 'not': 'pas'}
    pairs = []
    for e_s, f_s in subj.items():
        for e_a, f_a in adj.items():
            for e_v, f_v in adv.items():
                eng = ' '.join(w for w in (e_s, e_v, e_a) if w)
                fra = ' '.join(w for w in (f_s, f_v, f_a) if w)
                pairs.append((fra, eng))
    input_lang, output_lang = Lang('fra'), Lang('eng')
    for f, e in pairs:
        input_lang.addSentence(f)
        output_lang.addSentence(e)
    return input_lang, output_lang, pairs


def tensorFromSentence(lang, sentence):
    ids = [lang.word2index[w] for w in sentence.split(' ')] + [EOS_token]
    return torch.tensor(ids, dtype=torch.long).view(1, -1)
