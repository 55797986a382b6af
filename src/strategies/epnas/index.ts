export { epnas } from "./epnas.js";
