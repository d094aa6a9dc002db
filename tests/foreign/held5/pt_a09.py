"""Tiny DQN on a one-dimensional corridor."""
import random
from collections import deque, namedtuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

Transition = namedtuple("Transition", "state action reward next_state done")


class Corridor:
    """Walk right to reach the goal; every step costs a bit."""
    n_actions = 2

    def __init__(self, length=6):
        self.length = length

    def _obs(self):
        v = np.zeros(self.length, dtype=np.float32)
        v[self.pos] = 1.0
        return v

    def reset(self):
        self.pos, self.t = 0, 0
        return self._obs()

    def step(self, a):
        self.pos = max(0, self.pos - 1) if a == 0 else self.pos + 1
        self.t += 1
        done = self.pos == self.length - 1 or self.t >= 30
        reward = 1.0 if self.pos == self.length - 1 else -0.05
        return self._obs(), reward, done


class ReplayMemory:
    def __init__(self, capacity):
        self.buf = deque(maxlen=capacity)

    def push(self, *args):
        self.buf.append(Transition(*args))

    def sample(self, k):
        batch = Transition(*zip(*random.sample(self.buf, k)))
        states = torch.from_numpy(np.stack(batch.state))
        actions = torch.tensor(batch.action, dtype=torch.int64)  # FAULT
        rewards = torch.tensor(batch.reward, dtype=torch.float32)
        next_states = torch.from_numpy(np.stack(batch.next_state))
        dones = torch.tensor(batch.done, dtype=torch.float32)
        return states, actions, rewards, next_states, dones

    def __len__(self):
        return len(self.buf)


class Agent:
    def __init__(self, n_obs, n_actions, gamma=0.95):
        self.n_actions, self.gamma = n_actions, gamma
        make = lambda: nn.Sequential(nn.Linear(n_obs, 32), nn.ReLU(), nn.Linear(32, n_actions))
        self.policy, self.target = make(), make()
        self.sync()
        self.opt = torch.optim.Adam(self.policy.parameters(), lr=5e-3)

    def sync(self):
        self.target.load_state_dict(self.policy.state_dict())

    def act(self, obs, eps):
        if random.random() < eps:
            return random.randrange(self.n_actions)
        with torch.no_grad():
            return self.policy(torch.from_numpy(obs)).argmax().item()

    def learn(self, memory, k=32):
        s, a, r, s2, d = memory.sample(k)
        q = self.policy(s).gather(1, a).squeeze(1)
        with torch.no_grad():
            best = self.target(s2).max(dim=1).values
            goal = r + self.gamma * best * (1 - d)
        loss = F.smooth_l1_loss(q, goal)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        return loss.item()


def main():
    random.seed(0)
    torch.manual_seed(0)
    env, memory = Corridor(), ReplayMemory(2000)
    agent = Agent(env.length, env.n_actions)
    returns = []
    for ep in range(80):
        obs, done, total = env.reset(), False, 0.0
        eps = max(0.05, 1.0 - ep / 40)
        while not done:
            a = agent.act(obs, eps)
            nxt, r, done = env.step(a)
            memory.push(obs, a, r, nxt, float(done))
            obs, total = nxt, total + r
            if len(memory) >= 64:
                agent.learn(memory)
        if ep % 5 == 0:
            agent.sync()
        returns.append(total)
        if (ep + 1) % 20 == 0:
            print(f"episode {ep + 1}: mean return {np.mean(returns[-20:]):.3f}")


if __name__ == "__main__":
    main()
