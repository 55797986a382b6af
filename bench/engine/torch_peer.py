"""PyTorch's side of a case: python3 torch_peer.py CASE_FOLDER THREADS [fused].

Reads the case, builds the twin network, and trains as many steps as each line of input asks for.
"""

import importlib.util
import json
import os
import sys
import time


def say(message):
    print(json.dumps(message), flush=True)


try:
    import numpy as np
    import torch
    import torch.nn.functional as F
except ImportError as error:
    say({"absent": f"{sys.executable} has no {error.name}"})
    sys.exit(0)

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    folder, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    with open(os.path.join(folder, "case.json")) as file:
        case = json.load(file)

    def load(entry):
        data = np.fromfile(os.path.join(folder, entry["file"]), dtype=entry["dtype"]).reshape(entry["dims"])
        return torch.from_numpy(data)

    inputs = [load(entry) for entry in case["inputs"]]
    labels = load(case["labels"]).long()
    order = load(case["order"]).long()
    path = os.path.join(HERE, "workloads", case["workload"] + ".py")
    spec = importlib.util.spec_from_file_location("twin", path)
    twin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(twin)
    model = twin.build({entry["name"]: load(entry) for entry in case["extras"]})
    params = list(model.parameters())
    set_weights(params, case["params"], load(case["weights"]))
    # As ours: weight decay on matrices and filters, not on biases and normalisation.
    groups = [
        {"params": [p for p, q in zip(params, case["params"]) if q["decay"]]},
        {"params": [p for p, q in zip(params, case["params"]) if not q["decay"]], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    fused = {"fused": True} if "fused" in sys.argv[3:] else {}
    if case["optimizer"] == "adamw":
        optimizer = torch.optim.AdamW(groups, lr=case["learningRate"], weight_decay=0.01, **fused)
    else:
        optimizer = torch.optim.SGD(groups, lr=case["learningRate"], momentum=0.9, **fused)
    model.train()
    say({"ready": torch.__version__})
    at = 0
    for line in sys.stdin:
        steps = json.loads(line)["steps"]
        losses = []
        began = time.perf_counter()
        for _ in range(steps):
            rows = order[at % len(order)]
            at += 1
            optimizer.zero_grad()
            loss = F.cross_entropy(model(*[x[rows] for x in inputs]), labels[rows])
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        seconds = time.perf_counter() - began
        say({"losses": [float(loss) for loss in losses], "seconds": seconds})


def set_weights(params, declared, flat):
    if len(params) != len(declared):
        raise SystemExit(f"the twin has {len(params)} parameters, the network {len(declared)}")
    at = 0
    with torch.no_grad():
        for param, it in zip(params, declared):
            if list(param.shape) != list(it["shape"]):
                raise SystemExit(f"{it['name']}: {it['shape']} here, {list(param.shape)} in the twin")
            size = param.numel()
            param.copy_(flat[at : at + size].view(param.shape))
            at += size


main()
