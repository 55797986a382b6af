/** A small graph for the examples of graph layers: a ring of four nodes with one chord. */
export const EXAMPLE_GRAPH = { nodes: 4, sources: [0, 1, 2, 3, 0], targets: [1, 2, 3, 0, 2] };
