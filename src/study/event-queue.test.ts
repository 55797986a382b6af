import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { EventQueue } from "./event-queue.js";

async function read<T>(queue: EventQueue<T>): Promise<{ items: T[]; error?: unknown }> {
  const items: T[] = [];
  try {
    for await (const item of queue) items.push(item);
    return { items };
  } catch (error) {
    return { items, error };
  }
}

describe("EventQueue", () => {
  it("gives everything in order, whether it was there before the reader or came later", async () => {
    const queue = new EventQueue<number>();
    queue.push(1);
    queue.push(2);
    const reading = read(queue);
    await sleep(5);
    queue.push(3);
    await sleep(5);
    queue.push(4);
    queue.push(5);
    queue.end();
    expect(await reading).toEqual({ items: [1, 2, 3, 4, 5] });
  });

  it("gives what was pushed before a failure, then throws it", async () => {
    const queue = new EventQueue<number>();
    const error = new Error("over");
    const reading = read(queue);
    queue.push(1);
    queue.push(2);
    queue.fail(error);
    expect(await reading).toEqual({ items: [1, 2], error });
  });

  it("ends at once where it was ended before", async () => {
    const queue = new EventQueue<number>();
    queue.end();
    expect(await read(queue)).toEqual({ items: [] });
  });

  it("lets a slow reader have all of many", async () => {
    const queue = new EventQueue<number>();
    const writing = (async () => {
      for (let i = 0; i < 1000; i++) {
        queue.push(i);
        if (i % 97 === 0) await sleep(1);
      }
      queue.end();
    })();
    expect((await read(queue)).items).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    await writing;
  });
});
