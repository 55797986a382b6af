export { reinforce } from "./reinforce.js";
