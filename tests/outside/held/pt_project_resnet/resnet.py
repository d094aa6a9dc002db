import torch.nn as nn
import torch.nn.functional as F

from layers import BasicBlock, conv3x3


class ResNet(nn.Module):
    def __init__(self, block, num_blocks, widths=(8, 16), in_channels=1, num_classes=5):
        super(ResNet, self).__init__()
        self.in_planes = widths[0]

        self.conv1 = conv3x3(in_channels, widths[0])
        self.bn1 = nn.BatchNorm2d(widths[0])
        stages = []
        for i, (n, width) in enumerate(zip(num_blocks, widths)):
            stages.append(self._make_layer(block, width, n, stride=1 if i == 0 else 2))
        self.stages = nn.Sequential(*stages)
        self.linear = nn.Linear(widths[-1] * block.expansion, num_classes)

    def _make_layer(self, block, planes, num_blocks, stride):
        strides = [stride] + [1] * (num_blocks - 1)
        layers = []
        for stride in strides:
            layers.append(block(self.in_planes, planes, stride))
            self.in_planes = planes * block.expansion
        return nn.Sequential(*layers)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.stages(out)
        out = F.adaptive_avg_pool2d(out, 1)
        out = out.view(out.size(0), -1)
        out = self.linear(out)
        return out


def resnet6(**kwargs):
    return ResNet(BasicBlock, [1, 1], **kwargs)
