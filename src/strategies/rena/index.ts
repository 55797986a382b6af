export { rena } from "./rena.js";
