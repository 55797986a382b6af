import { defineCard } from "../card.js";

export const card = defineCard({
  id: 60,
  title: "Image Chat: Engaging Grounded Conversations",
  authors: "Shuster, Humeau et al.",
  year: 2020,
  arxiv: "1811.00945",
  venue: "ACL",
  kinds: ["language", "architecture", "benchmark"],
  summary:
    "Chats about a photograph in which each speaker acts a given style, and a retrieval model that picks fitting replies.",
  mechanism:
    "Image features, style and dialogue so far are encoded, summed or attended, and compared with candidate replies by dot product over transformer encodings. Turns are trained as separate examples; each input may be dropped to see its use.",
  claims: [
    "All three inputs help, the picture most in the first turn.",
    "People preferred the best model nearly half of the time to other people.",
  ],
  here: {
    status: "absent",
    links: ["nn.infoNce"],
    note: "In-batch ranking losses exist; dialogue models do not.",
  },
  data: "Image-Chat, with features of the photographs.",
});
