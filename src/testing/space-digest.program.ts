/** A process of its own that prints the digests of all spaces, for the test that compares processes. */
import { spaceDigests } from "./space-digest.js";

console.log(JSON.stringify(spaceDigests()));
