import random
import torch
import torch.nn as nn
from torch import optim
from lang import prepareData, tensorFromSentence, EOS_token
from model import EncoderRNN, AttnDecoderRNN

random.seed(0)
torch.manual_seed(0)
hidden_size = 48

input_lang, output_lang, pairs = prepareData()
print("Counted words:", input_lang.n_words, output_lang.n_words)
encoder = EncoderRNN(input_lang.n_words, hidden_size)
decoder = AttnDecoderRNN(hidden_size, output_lang.n_words)
encoder_optimizer = optim.Adam(encoder.parameters(), lr=0.003)
decoder_optimizer = optim.Adam(decoder.parameters(), lr=0.003)
criterion = nn.NLLLoss()


def train_epoch():
    total_loss = 0
    random.shuffle(pairs)
    for fra, eng in pairs:
        x, y = tensorFromSentence(input_lang, fra), tensorFromSentence(output_lang, eng)
        encoder_optimizer.zero_grad()
        decoder_optimizer.zero_grad()
        encoder_outputs, encoder_hidden = encoder(x)
        decoder_outputs = decoder(encoder_outputs, encoder_hidden, y)
        loss = criterion(decoder_outputs.view(-1, decoder_outputs.size(-1)), y.view(-1))
        loss.backward()
        encoder_optimizer.step()
        decoder_optimizer.step()
        total_loss += loss.item()
    return total_loss / len(pairs)


for epoch in range(1, 6):
    print('%d %.4f' % (epoch, train_epoch()))

encoder.eval(); decoder.eval()
with torch.no_grad():
    for fra, eng in pairs[:4]:
        out = decoder(*encoder(tensorFromSentence(input_lang, fra))).argmax(-1)[0].tolist()
        words = []
        for i in out:
            if i == EOS_token:
                break
            words.append(output_lang.index2word[i])
        print('>', fra, '=', eng, '<', ' '.join(words))
