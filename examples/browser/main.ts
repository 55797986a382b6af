/** The page: what the visitor sees and touches. All work is done by worker.ts. */
import { Chart } from "./chart.js";
import type { Figure, FromWorker, Mistake, Provider, ToWorker } from "./messages.js";
import { canvasOf, Pad } from "./pad.js";

const element = <T extends Element>(id: string) => document.getElementById(id) as unknown as T;
const say = (id: string, text: string) => {
  element<HTMLElement>(id).textContent = text;
};
/** Time that each contestant of the comparison has. */
const COMPARE_SECONDS = 5;
const count = (n: number) => n.toLocaleString("en");
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const trainButton = element<HTMLButtonElement>("train");
const compareButton = element<HTMLButtonElement>("compare");
const downloadButton = element<HTMLButtonElement>("download");
const exampleButton = element<HTMLButtonElement>("example");
const providers = element<HTMLSelectElement>("provider");
const epochs = element<HTMLSelectElement>("epochs");

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const send = (message: ToWorker) => worker.postMessage(message);
const chart = new Chart(element("chart"));

let training = false;
let comparing = false;
let trained = false;
let sample = new Uint8Array();
let shown = 0;
let asked = 0;
let tested = 0;

const bars = Array.from({ length: 10 }, (_, digit) => {
  const row = document.createElement("li");
  row.innerHTML = `<span>${digit}</span><span><i></i></span><span></span>`;
  element("bars").append(row);
  return row;
});

const pad = new Pad(element("pad"), classifySoon);
element("clear").addEventListener("click", () => {
  pad.clear();
  showProbabilities(undefined);
});
exampleButton.addEventListener("click", () => {
  pad.show(sample.subarray(784 * shown, 784 * shown + 784));
  shown = (shown + 1) % (sample.length / 784);
  classifySoon();
});
trainButton.addEventListener("click", () => {
  if (training) {
    send({ kind: "stop" });
    return;
  }
  training = true;
  problem(undefined);
  for (const id of ["n-loss", "n-step", "n-rate", "n-accuracy"]) say(id, "–");
  send({ kind: "train", provider: providers.value as Provider, epochs: Number(epochs.value), seed: 1 });
  update();
});
compareButton.addEventListener("click", () => {
  comparing = true;
  element<HTMLTableElement>("figures").tBodies[0]?.replaceChildren();
  figures.length = 0;
  say("compare-note", "Timing…");
  send({ kind: "compare", seconds: COMPARE_SECONDS });
  update();
});
downloadButton.addEventListener("click", () => send({ kind: "export" }));

function update(): void {
  trainButton.textContent = training ? "Stop" : trained ? "Train anew" : "Train";
  trainButton.disabled = comparing;
  for (const it of [compareButton, providers, epochs]) it.disabled = training || comparing;
  downloadButton.disabled = !trained || training;
  exampleButton.disabled = sample.length === 0;
}

function problem(text: string | undefined): void {
  const it = element<HTMLElement>("problem");
  it.hidden = text === undefined;
  it.textContent = text ?? "";
}

/** One question at a time; the newest drawing is what counts. */
let pending = false;
let again = false;
function classifySoon(): void {
  if (!trained || training || comparing) return;
  if (pending) {
    again = true;
    return;
  }
  const pixels = pad.pixels();
  if (pixels === undefined) return;
  pending = true;
  send({ kind: "classify", id: ++asked, pixels });
}

function showProbabilities(p: Float32Array | undefined, ms = 0): void {
  const top = p === undefined ? -1 : p.indexOf(Math.max(...p));
  bars.forEach((row, digit) => {
    const share = p?.[digit] ?? 0;
    row.classList.toggle("top", digit === top);
    const bar = row.querySelector("i");
    if (bar !== null) bar.style.width = `${100 * share}%`;
    const label = row.lastElementChild;
    if (label !== null) label.textContent = p === undefined ? "" : percent(share);
  });
  const idle = trained ? "Draw something." : "The network is not trained yet.";
  say("verdict", p === undefined ? idle : `A ${top}, it says, in ${ms.toFixed(1)} ms.`);
}

function showMistakes(accuracy: number, seconds: number, mistakes: readonly Mistake[]): void {
  const wrong = Math.round((1 - accuracy) * tested);
  say(
    "result",
    `The exported file reads ${percent(accuracy)} of ${count(tested)} test digits: ${count(wrong)} wrong${left(wrong - mistakes.length)}. Trained in ${seconds.toFixed(0)} s.`,
  );
  element("mistakes").replaceChildren(
    ...mistakes.map(({ pixels, truth, answer }) => {
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      caption.innerHTML = `${truth}, read as <b>${answer}</b>`;
      figure.append(canvasOf(pixels), caption);
      return figure;
    }),
  );
}

/** What is said of mistakes that are not shown. */
function left(more: number): string {
  return more > 0 ? `, ${count(more)} of them not shown` : "";
}

const TITLES = { mlp: "MLP 784-256-256-10, batch 128", cnn: "CNN, 16 and 32 filters 3 × 3, batch 64" };
const figures: Figure[] = [];
function showFigures(): void {
  const table = element<HTMLTableElement>("figures");
  table.hidden = false;
  const rows = (["mlp", "cnn"] as const).flatMap((workload) => {
    const own = figures.filter((it) => it.workload === workload);
    const best = Math.max(...own.map((it) => it.stepsPerSecond ?? 0));
    return own.map((it, i) => {
      const row = document.createElement("tr");
      row.classList.toggle("own", it.contestant.startsWith("Morphospace"));
      const cell = (text: string, name = "") => {
        const td = row.insertCell();
        td.textContent = text;
        td.className = name;
        return td;
      };
      cell(i === 0 ? TITLES[workload] : "");
      cell(it.contestant);
      if (it.stepsPerSecond === undefined) {
        const note = cell(it.note ?? "no result", "note");
        note.colSpan = 2;
      } else {
        cell(it.stepsPerSecond.toLocaleString("en", { maximumSignificantDigits: 3 }), "n");
        const bar = document.createElement("div");
        bar.style.width = `${(100 * it.stepsPerSecond) / best}%`;
        cell("", "bar").append(bar);
      }
      return row;
    });
  });
  table.tBodies[0]?.replaceChildren(...rows);
}

function save(blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "digits.onnx";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

let steps = 0;
const receive: { [K in FromWorker["kind"]]: (m: Extract<FromWorker, { kind: K }>) => void } = {
  ready({ threads, isolated, adapter, examples, batchSize, sample: digits }) {
    sample = new Uint8Array(digits);
    tested = examples.test;
    say("c-batch", ` of ${batchSize}`);
    say("c-validation", count(examples.validation));
    say(
      "result",
      `After training: the score of the exported file on ${count(tested)} test digits that training never saw, and the ones that it gets wrong.`,
    );
    if (adapter !== undefined) providers.add(new Option("WebGPU", "webgpu"));
    const why = isolated ? "" : " (the page is not cross-origin isolated)";
    element("place").innerHTML =
      `<b>${examples.train.toLocaleString("en")}</b> digits to learn from · WebAssembly with ` +
      `<b>${threads}</b> thread${threads === 1 ? "" : "s"}${why} · WebGPU: <b>${adapter === undefined ? "none here" : "available"}</b>`;
    trainButton.disabled = false;
    update();
  },
  started({ stepsPerEpoch, params }) {
    steps = stepsPerEpoch * Number(epochs.value);
    chart.start(steps);
    say("result", `${params.toLocaleString("en")} weights, ${steps.toLocaleString("en")} steps to go.`);
  },
  progress({ step, losses, stepsPerSecond }) {
    chart.add(losses);
    say("n-step", `${step.toLocaleString("en")} / ${steps.toLocaleString("en")}`);
    say("n-loss", (losses.at(-1) ?? 0).toFixed(3));
    say("n-rate", stepsPerSecond.toLocaleString("en", { maximumSignificantDigits: 3 }));
  },
  epoch({ step, accuracy }) {
    chart.endEpoch(step, accuracy);
    say("n-accuracy", percent(accuracy));
  },
  trained({ testAccuracy, seconds, mistakes }) {
    training = false;
    trained = true;
    showMistakes(testAccuracy, seconds, mistakes);
    update();
    showProbabilities(undefined);
    classifySoon();
  },
  classified({ probabilities, ms }) {
    pending = false;
    showProbabilities(probabilities, ms);
    if (again) {
      again = false;
      classifySoon();
    }
  },
  file: ({ blob }) => save(blob),
  figure({ figure }) {
    figures.push(figure);
    showFigures();
  },
  compared() {
    comparing = false;
    say("compare-note", "");
    update();
  },
  failed({ message }) {
    training = false;
    comparing = false;
    pending = false;
    say("compare-note", "");
    problem(message);
    update();
  },
};

compareButton.textContent = `Run for ${COMPARE_SECONDS} seconds each`;
worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
  (receive[data.kind] as (m: FromWorker) => void)(data);
});
worker.addEventListener("error", (event) => problem(event.message || "the worker could not start"));
showProbabilities(undefined);
