import { type Graph, subgraphsOf } from "../ir/index.js";

/** Names used so far, shared by a graph and the graphs inside it, and by the passes that rewrite it one after another. */
export class Names {
  private readonly taken = new Set<string>();
  private readonly counters = new Map<string, { next: number }>();
  /** A graph whose names are taken and not read yet: most passes make no names. */
  private unread: Graph | undefined;

  /** The names of a graph and of the graphs inside it. */
  static of(graph: Graph): Names {
    const names = new Names();
    names.unread = graph;
    return names;
  }

  /** The name itself where it is free, otherwise with a number behind it. */
  claim(wanted: string): string {
    this.read();
    return this.take(wanted) ? wanted : this.fresh(wanted);
  }

  /** The stem with the next number behind it. */
  fresh(stem: string): string {
    this.read();
    let counter = this.counters.get(stem);
    if (counter === undefined) {
      counter = { next: 0 };
      this.counters.set(stem, counter);
    }
    for (;;) {
      const name = `${stem}_${counter.next++}`;
      if (this.take(name)) return name;
    }
  }

  /** Adds a name; false where it was taken. A set is asked once: its strings are long. */
  private take(name: string): boolean {
    const before = this.taken.size;
    this.taken.add(name);
    return this.taken.size !== before;
  }

  private read(): void {
    const graph = this.unread;
    if (graph === undefined) return;
    this.unread = undefined;
    const claim = (scope: Graph) => {
      for (const v of [...scope.inputs, ...scope.initializers]) this.claim(v.name);
      for (const node of scope.nodes) {
        this.claim(node.name);
        for (const v of node.outputs) if (v !== undefined) this.claim(v.name);
        for (const sub of subgraphsOf(node)) claim(sub);
      }
    };
    claim(graph);
  }
}

/** A place in the hierarchy of names, `stage1/block2/`, which keeps the strings that are made of it. */
export class NameScope {
  private readonly scopes = new Map<string, NameScope>();
  private readonly stems = new Map<string, string>();

  constructor(readonly path: string) {}

  inside(name: string): NameScope {
    let scope = this.scopes.get(name);
    if (scope === undefined) {
      scope = new NameScope(`${this.path}${name}/`);
      this.scopes.set(name, scope);
    }
    return scope;
  }

  /** What names of an operator's nodes begin with here. */
  stem(type: string): string {
    let stem = this.stems.get(type);
    if (stem === undefined) {
      stem = `${this.path}${type}`;
      this.stems.set(type, stem);
    }
    return stem;
  }
}
