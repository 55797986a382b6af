/** The spaces that come with the package, by name. */
export { mobileCnn, tabularMlp } from "./spaces/index.js";
