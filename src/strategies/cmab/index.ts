export { cmab } from "./cmab.js";
