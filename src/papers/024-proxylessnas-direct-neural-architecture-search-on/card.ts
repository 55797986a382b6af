import { defineCard } from "../card.js";

export const card = defineCard({
  id: 24,
  title: "ProxylessNAS: Direct Neural Architecture Search on Target Task and Hardware",
  authors: "Cai, Zhu, Han",
  year: 2019,
  arxiv: "1812.00332",
  venue: "ICLR",
  kinds: ["space", "strategy", "hardware"],
  summary:
    "Searches directly on the target task and device: in memory only one path of the supernet lives at a time, and latency is part of the loss.",
  mechanism:
    "Every block has binary gates drawn from softmax probabilities. Weights train on the drawn path; for architecture parameters two paths are compared and rescaled. A table of measured latencies gives a differentiable expectation. Mobile inverted residual blocks with several kernels and expansions are the choices.",
  claims: [
    "Better accuracy at equal phone latency than MobileNetV2.",
    "Networks for graphics cards come out shallow and wide, for processors deep and thin.",
  ],
  here: {
    status: "partial",
    links: ["spaces.proxyless", "spaces.proxylessSpace", "nn.binaryGate", "cost.measureLatency"],
    note: "Space, gates and measured latency are here; the alternating search is not.",
    run: "morph search --space proxyless --data mnist --max-latency 5",
  },
  data: "ImageNet, CIFAR-10; images of your own.",
});
