import { spaceContract } from "../testing/space-contract.js";
import { listSpaces } from "./index.js";

for (const space of listSpaces()) spaceContract(space);
