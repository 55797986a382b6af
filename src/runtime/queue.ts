/**
 * Work one after another: sessions of the web runtime share one engine and cannot overlap. A task that fails
 * fails alone; the next one runs.
 */
export class Queue {
  private tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.tail.then(task);
    this.tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
