/** The loss of a training run, drawn while it runs. */
const NS = "http://www.w3.org/2000/svg";
const LEFT = 38;
const RIGHT = 10;
const TOP = 20;
const BOTTOM = 22;

export class Chart {
  private losses: number[] = [];
  private means: number[] = [];
  private epochs: { step: number; accuracy: number }[] = [];
  private total = 1;
  private mean = 0;
  private waiting = false;

  constructor(private readonly svg: SVGSVGElement) {
    new ResizeObserver(() => this.later()).observe(svg);
    this.later();
  }

  /** Begin anew; `total` is the number of steps to come. */
  start(total: number): void {
    this.losses = [];
    this.means = [];
    this.epochs = [];
    this.total = total;
    this.later();
  }

  add(losses: Float32Array): void {
    for (const loss of losses) {
      const n = this.losses.push(loss);
      // Running mean over about 20 steps; the plain mean at first.
      this.mean += (loss - this.mean) / Math.min(n, 20);
      this.means.push(this.mean);
    }
    this.later();
  }

  endEpoch(step: number, accuracy: number): void {
    this.epochs.push({ step, accuracy });
    this.later();
  }

  private later(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  private draw(): void {
    const { width, height } = this.svg.getBoundingClientRect();
    if (width < 80) return;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const steps = Math.max(this.total, this.losses.length, 2);
    const low = Math.min(0.1, ...this.means) * 0.7;
    const high = Math.max(3, ...this.means.slice(0, 50));
    const x = (step: number) => LEFT + ((width - LEFT - RIGHT) * step) / steps;
    const y = (loss: number) => {
      const share = Math.log(Math.min(high, Math.max(low, loss)) / low) / Math.log(high / low);
      return height - BOTTOM - (height - TOP - BOTTOM) * share;
    };
    const parts: SVGElement[] = [];
    for (const tick of [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5].filter((t) => t >= low && t <= high)) {
      parts.push(line("grid", LEFT, y(tick), width - RIGHT, y(tick)));
      parts.push(text(String(tick), LEFT - 7, y(tick) + 4, "end"));
    }
    for (const step of ticks(steps))
      parts.push(text(step.toLocaleString("en"), x(step), height - 5, "middle"));
    let labelled = Number.NEGATIVE_INFINITY;
    for (const { step, accuracy } of this.epochs) {
      parts.push(line("epoch", x(step), TOP - 4, x(step), height - BOTTOM));
      if (x(step) - labelled < 44 && step !== this.epochs.at(-1)?.step) continue;
      parts.push(text(`${(100 * accuracy).toFixed(1)} %`, x(step) - 3, TOP - 8, "end", "score"));
      labelled = x(step);
    }
    parts.push(path("raw", this.losses, x, y), path("mean", this.means, x, y));
    const last = this.means.at(-1);
    if (last !== undefined) {
      const dot = make("circle", { class: "now", cx: x(this.means.length), cy: y(last), r: 3.5 });
      parts.push(dot);
    }
    this.svg.replaceChildren(...parts);
  }
}

function path(name: string, values: readonly number[], x: (i: number) => number, y: (v: number) => number) {
  // No more points than a screen has columns.
  const every = Math.max(1, Math.floor(values.length / 1500));
  let d = "";
  for (let i = 0; i < values.length; i += every)
    d += `${d === "" ? "M" : "L"}${x(i + 1).toFixed(1)} ${y(values[i] ?? 0).toFixed(1)}`;
  return make("path", { class: name, d });
}

/** Round steps, about five of them. */
function ticks(steps: number): number[] {
  const rough = Math.max(1, steps / 5);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? rough;
  return Array.from({ length: Math.floor(steps / step) + 1 }, (_, i) => i * step);
}

function line(name: string, x1: number, y1: number, x2: number, y2: number) {
  return make("line", { class: name, x1, y1, x2, y2 });
}

function text(content: string, x: number, y: number, anchor: string, name = "") {
  const it = make("text", { x, y, "text-anchor": anchor, class: name });
  it.textContent = content;
  return it;
}

function make(type: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const it = document.createElementNS(NS, type) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) it.setAttribute(name, String(value));
  return it;
}
