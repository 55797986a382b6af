import { defineCard } from "../card.js";

export const card = defineCard({
  id: 99,
  title: "Embedding-Aware Quantum-Classical SVMs for Scalable Quantum Machine Learning",
  authors: "Cajas Ordóñez et al.",
  year: 2025,
  arxiv: "2508.00024",
  kinds: ["representation", "predictor", "analysis"],
  summary:
    "A classifier with support vectors that compares samples by the overlap of simulated quantum states, on vectors from pretrained networks.",
  mechanism:
    "Data are thinned to class-balanced centres, embedded, reduced by principal components and encoded as rotations of sixteen qubits; overlaps are computed exactly. Linear and Gaussian kernels on the same vectors are the rivals.",
  claims: [
    "Transformer embeddings let the quantum kernel win by several points.",
    "Embeddings of convolutional networks do not.",
  ],
  here: { status: "absent", links: [], note: "No circuits are simulated here." },
  data: "MNIST and Fashion-MNIST with any embeddings.",
});
