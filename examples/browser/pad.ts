/** A square to draw digits in, and the picture as the network wants it. */
import { imageBytes } from "morphospace/browser";

const SIDE = 28;
/** Longer side of a digit in the training data; the rest is margin. */
const DIGIT = 20;

export class Pad {
  private readonly context: CanvasRenderingContext2D;
  private last: { x: number; y: number } | undefined;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    onChange: () => void,
  ) {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new Error("this browser cannot draw");
    this.context = context;
    this.clear();
    const place = (event: PointerEvent) => {
      const box = canvas.getBoundingClientRect();
      const scale = canvas.width / box.width;
      return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.last = place(event);
      this.stroke(this.last, this.last);
      onChange();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.last === undefined) return;
      const next = place(event);
      this.stroke(this.last, next);
      this.last = next;
      onChange();
    });
    for (const end of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(end, () => {
        this.last = undefined;
      });
    }
  }

  clear(): void {
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Show a digit of 28 × 28 bytes. */
  show(pixels: Uint8Array): void {
    this.clear();
    this.context.imageSmoothingEnabled = true;
    this.context.drawImage(canvasOf(pixels), 0, 0, this.canvas.width, this.canvas.height);
  }

  /**
   * The drawing as 28 × 28 bytes: cut out, shrunk to 20 pixels, and set so that its centre of mass is in the middle,
   * as was done to the training digits. Undefined where nothing is drawn.
   */
  pixels(): Uint8Array | undefined {
    const { width, height } = this.canvas;
    const drawn = imageBytes([this.context.getImageData(0, 0, width, height)]);
    let [left, top, right, bottom] = [width, height, -1, -1];
    for (let i = 0; i < drawn.length; i++) {
      if ((drawn[i] ?? 0) < 40) continue;
      const [x, y] = [i % width, Math.floor(i / width)];
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
    if (right < 0) return undefined;
    const [w, h] = [right - left + 1, bottom - top + 1];
    const scale = DIGIT / Math.max(w, h);
    const [small, context] = square(SIDE);
    context.imageSmoothingQuality = "high";
    const at = { x: (SIDE - w * scale) / 2, y: (SIDE - h * scale) / 2 };
    context.drawImage(this.canvas, left, top, w, h, at.x, at.y, w * scale, h * scale);
    const first = imageBytes([context.getImageData(0, 0, SIDE, SIDE)]);
    const [dx, dy] = offCentre(first);
    const [, moved] = square(SIDE);
    moved.drawImage(small, -Math.round(dx), -Math.round(dy));
    return imageBytes([moved.getImageData(0, 0, SIDE, SIDE)]);
  }

  private stroke(from: { x: number; y: number }, to: { x: number; y: number }): void {
    const { context } = this;
    context.strokeStyle = "#fff";
    context.lineWidth = this.canvas.width / 13;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
  }
}

function square(side: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser cannot draw");
  context.fillStyle = "#000";
  context.fillRect(0, 0, side, side);
  return [canvas, context];
}

function offCentre(pixels: Uint8Array): [number, number] {
  let [sum, x, y] = [0, 0, 0];
  pixels.forEach((v, i) => {
    sum += v;
    x += v * ((i % SIDE) - (SIDE - 1) / 2);
    y += v * (Math.floor(i / SIDE) - (SIDE - 1) / 2);
  });
  return sum === 0 ? [0, 0] : [x / sum, y / sum];
}

/** 28 × 28 bytes as a canvas. */
export function canvasOf(pixels: Uint8Array): HTMLCanvasElement {
  const [canvas, context] = square(SIDE);
  const image = context.createImageData(SIDE, SIDE);
  pixels.forEach((v, i) => {
    image.data.set([v, v, v, 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
  return canvas;
}
