import { defineCard } from "../card.js";

export const card = defineCard({
  id: 80,
  title: "Pandora3D: A Comprehensive Framework for High-Quality 3D Shape and Texture Generation",
  authors: "Yang, Shang et al.",
  year: 2025,
  arxiv: "2502.14247",
  kinds: ["architecture", "generation"],
  summary: "A production pipeline from picture or text to a three-dimensional shape with textures.",
  mechanism:
    "Shapes are sets of latent vectors coded by an autoencoder with cross-attention; a transformer trained by flow matching generates them. Texture is painted in stages, each made consistent by baking to the surface and rendering again during sampling. Mesh tokens are another route.",
  claims: ["High-quality assets from one image.", "Token meshes suit simple shapes."],
  here: {
    status: "absent",
    links: ["nn.attend"],
    note: "Cross-attention is here; shapes, meshes and flow matching are not.",
  },
  data: "Collections of shapes; analytic solids for tests.",
});
