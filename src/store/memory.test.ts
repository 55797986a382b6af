import { storeContract } from "../testing/store-contract.js";
import { memoryStore } from "./index.js";

storeContract("memory", { open: async () => memoryStore() });
