/** What of this room runs anywhere: the format, without files. Node's door is `index.ts`. */
export { type DecodeOptions, decodeModel } from "./decode.js";
export { type EncodeOptions, type ExternalPlace, encodeModel } from "./encode.js";
export type { ExternalRange, ReadExternal } from "./external.js";
export { allMetadata, getMetadata, setMetadata } from "./metadata.js";
export { checkOpset, irVersionOf, NEWEST_IR_VERSION, NEWEST_OPSET, OLDEST_OPSET } from "./opset.js";
/** The message itself, for tools that change files below what a Graph shows. */
export { ModelProtoSchema } from "./schema.gen.js";
export { decodeTensor, encodeTensor } from "./tensors.js";
