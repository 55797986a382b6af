export { l2nas } from "./l2nas.js";
