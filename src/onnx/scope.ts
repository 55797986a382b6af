import type { Value } from "../ir/index.js";

/** All names of a model, for making new ones that nobody uses. */
export class Names {
  private readonly used = new Set<string>();
  private readonly next = new Map<string, number>();

  add(name: string): void {
    this.used.add(name);
  }

  /** The name itself where it is free, else with the first free number behind it; taken from then on. */
  fresh(base: string): string {
    let name = base;
    if (this.used.has(name)) {
      let i = this.next.get(base) ?? 1;
      while (this.used.has(`${base}_${i}`)) i++;
      name = `${base}_${i}`;
      this.next.set(base, i + 1);
    }
    this.used.add(name);
    return name;
  }
}

/**
 * The names that one graph sees: its own and those of the graphs around it. A function body has a scope
 * without a parent, in which an optional input that the caller left out is bound to undefined.
 */
export class Scope {
  private readonly values = new Map<string, Value | undefined>();
  /** Names that values of this graph will bear; graphs inside must not reuse them. */
  readonly reserved = new Set<string>();

  constructor(readonly parent?: Scope) {}

  bind(name: string, value: Value | undefined): void {
    this.values.set(name, value);
  }

  has(name: string): boolean {
    return this.values.has(name) || (this.parent?.has(name) ?? false);
  }

  get(name: string): Value | undefined {
    return this.values.has(name) ? this.values.get(name) : this.parent?.get(name);
  }

  /** True where a value called so here would hide another one. */
  hides(name: string): boolean {
    if (this.values.has(name)) return true;
    for (let outer = this.parent; outer !== undefined; outer = outer.parent) {
      if (outer.reserved.has(name)) return true;
    }
    return false;
  }
}
