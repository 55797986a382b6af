export { type DecodeOptions, decodeModel } from "./decode.js";
export { type EncodeOptions, type ExternalPlace, encodeModel } from "./encode.js";
export type { ExternalRange, ReadExternal } from "./external.js";
export { decodeTensor, encodeTensor } from "./tensors.js";
