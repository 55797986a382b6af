import { defineCard } from "../card.js";

export const card = defineCard({
  id: 117,
  title: "ResNLS: An Improved Model for Stock Price Forecasting",
  authors: "Jia, Anaissi, Suleiman",
  year: 2023,
  arxiv: "2312.01020",
  venue: "Computational Intelligence",
  kinds: ["architecture", "benchmark"],
  summary:
    "A small hybrid for tomorrow's closing price: a convolutional branch corrects a window of five closes, a recurrent layer forecasts.",
  mechanism:
    "The branch's output, scaled by one learned number that starts at zero, is added to the window, which an LSTM maps to the forecast. Mean squared error, scaled prices, time order kept. Persistence, which simply repeats the last close, is the rival to beat.",
  claims: ["Better than its parts alone and than published baselines.", "A window of five days was best."],
  here: {
    status: "absent",
    links: ["nn.lstm", "nn.conv1d", "data.openDataset"],
    note: "The layers and the reading of series are here; the model is not.",
  },
  data: "Daily closes of an index.",
});
