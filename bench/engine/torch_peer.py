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
    set_weights(twin, params, case["params"], load(case["weights"]))
    # As ours: weight decay on matrices and filters, not on biases and normalisation.
    groups = [
        {"params": [p for p in params if p.dim() > 1]},
        {"params": [p for p in params if p.dim() <= 1], "weight_decay": 0.0},
    ]
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
        began, busy = time.perf_counter(), time.process_time()
        for _ in range(steps):
            rows = order[at % len(order)]
            at += 1
            optimizer.zero_grad()
            loss = F.cross_entropy(model(*[x[rows] for x in inputs]), labels[rows])
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        seconds = time.perf_counter() - began
        busy = time.process_time() - busy
        say({"losses": [float(loss) for loss in losses], "seconds": seconds, "busySeconds": busy})


def set_weights(twin, params, declared, flat):
    """Copy the weights in. A twin whose parameters are arranged otherwise says how in weights()."""
    sizes = [int(np.prod(it["shape"])) for it in declared]
    values = [part.view(it["shape"]) for part, it in zip(flat.split(sizes), declared)]
    if hasattr(twin, "weights"):
        values = twin.weights(values)
    if len(params) != len(values):
        raise SystemExit(f"the twin has {len(params)} parameters, the network {len(values)}")
    with torch.no_grad():
        for param, value in zip(params, values):
            if param.shape != value.shape:
                raise SystemExit(f"{list(value.shape)} here, {list(param.shape)} in the twin")
            param.copy_(value)


main()
