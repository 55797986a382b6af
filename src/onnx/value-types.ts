import { create } from "@bufbuild/protobuf";
import type { Dim, Shape } from "../base/index.js";
import type { ValueType } from "../ir/index.js";
import { dtypeCode, dtypeOfCode } from "./dtypes.js";
import {
  type TensorShapeProto,
  type TensorShapeProto_Dimension,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  type TypeProto,
  TypeProtoSchema,
} from "./schema.gen.js";
import type { Symbols } from "./symbols.js";

/** The type that a file gives a value; undefined where it gives none that the graph can express. */
export function decodeType(proto: TypeProto | undefined, symbols: Symbols): ValueType | undefined {
  const it = proto?.value;
  switch (it?.case) {
    case "tensorType":
    case "sparseTensorType": {
      const dtype = dtypeOfCode(it.value.elemType);
      if (dtype === undefined) return undefined;
      const kind = it.case === "tensorType" ? "tensor" : "sparse";
      return { kind, dtype, shape: it.value.shape && decodeShape(it.value.shape, symbols) };
    }
    case "sequenceType":
    case "optionalType": {
      const element = decodeType(it.value.elemType, symbols);
      const kind = it.case === "sequenceType" ? "sequence" : "optional";
      return element && { kind, element };
    }
    case "mapType": {
      const key = dtypeOfCode(it.value.keyType);
      const value = decodeType(it.value.valueType, symbols);
      return key && value && { kind: "map", key, value };
    }
    default:
      return undefined;
  }
}

function decodeShape(proto: TensorShapeProto, symbols: Symbols): Shape {
  return proto.dim.map(({ value }): Dim => {
    if (value.case === "dimParam") return symbols.of(value.value);
    const size = value.case === "dimValue" ? Number(value.value) : -1;
    // Exporters write -1, or nothing, for a length that they do not know.
    return Number.isSafeInteger(size) && size >= 0 ? size : symbols.of("");
  });
}

/** The inverse of {@link decodeType}. */
export function encodeType(type: ValueType): TypeProto {
  switch (type.kind) {
    case "tensor":
    case "sparse": {
      const value = { elemType: dtypeCode(type.dtype), shape: type.shape && encodeShape(type.shape) };
      return create(TypeProtoSchema, {
        value: type.kind === "tensor" ? { case: "tensorType", value } : { case: "sparseTensorType", value },
      });
    }
    case "sequence":
      return create(TypeProtoSchema, {
        value: { case: "sequenceType", value: { elemType: encodeType(type.element) } },
      });
    case "optional":
      return create(TypeProtoSchema, {
        value: { case: "optionalType", value: { elemType: encodeType(type.element) } },
      });
    case "map":
      return create(TypeProtoSchema, {
        value: {
          case: "mapType",
          value: { keyType: dtypeCode(type.key), valueType: encodeType(type.value) },
        },
      });
  }
}

function encodeShape(shape: Shape): TensorShapeProto {
  return create(TensorShapeProtoSchema, { dim: shape.map(encodeDim) });
}

function encodeDim(d: Dim): TensorShapeProto_Dimension {
  return create(TensorShapeProto_DimensionSchema, {
    value: typeof d === "number" ? { case: "dimValue", value: BigInt(d) } : { case: "dimParam", value: d },
  });
}
