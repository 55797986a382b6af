import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MorphError } from "../base/index.js";
import { bytesOf, DTYPES, numbersOf, tensor } from "../ir/index.js";
import { dtypeCode } from "./dtypes.js";
import { decodeTensor, encodeTensor } from "./index.js";
import { TensorProtoSchema } from "./schema.gen.js";

const read = (fields: object) => decodeTensor(toBinary(TensorProtoSchema, create(TensorProtoSchema, fields)));

describe("typed fields", () => {
  test.each([
    ["float32", { dataType: 1, floatData: [1, -2.5] }, [1, -2.5]],
    ["float64", { dataType: 11, doubleData: [1, -2.5] }, [1, -2.5]],
    ["int8", { dataType: 3, int32Data: [1, -2] }, [1, -2]],
    ["int16", { dataType: 5, int32Data: [1, -2] }, [1, -2]],
    ["int32", { dataType: 6, int32Data: [1, -2] }, [1, -2]],
    ["int64", { dataType: 7, int64Data: [1n, -2n] }, [1, -2]],
    ["uint8", { dataType: 2, int32Data: [1, 255] }, [1, 255]],
    ["uint16", { dataType: 4, int32Data: [1, 65535] }, [1, 65535]],
    ["uint32", { dataType: 12, uint64Data: [1n, 4294967295n] }, [1, 4294967295]],
    ["uint64", { dataType: 13, uint64Data: [1n, 2n ** 40n] }, [1, 2 ** 40]],
    ["bool", { dataType: 9, int32Data: [1, 0] }, [1, 0]],
    ["float16", { dataType: 10, int32Data: [0x3c00, 0xc100] }, [1, -2.5]],
    ["bfloat16", { dataType: 16, int32Data: [0x3f80, 0xc020] }, [1, -2.5]],
  ])("%s", (dtype, fields, values) => {
    const t = read({ dims: [2n], ...fields });
    expect(t.dtype).toBe(dtype);
    expect(numbersOf(t)).toEqual(values);
    const again = fromBinary(TensorProtoSchema, encodeTensor(t));
    expect(again).toEqual(create(TensorProtoSchema, { dims: [2n], ...fields }));
  });

  test("packed types: bytes as they stand in raw_data", () => {
    expect(read({ dims: [3n], dataType: 22, int32Data: [0x21, 0x03] }).data).toEqual(
      Uint8Array.of(0x21, 0x03),
    );
    expect(read({ dims: [5n], dataType: 26, int32Data: [0xe4, 0x01] }).data).toEqual(
      Uint8Array.of(0xe4, 0x01),
    );
    expect(read({ dims: [2n], dataType: 17, int32Data: [1, 200] }).data).toEqual(Uint8Array.of(1, 200));
    const floats = new Uint8Array(Float32Array.of(1, 2).buffer);
    expect(read({ dims: [1n], dataType: 14, floatData: [1, 2] }).data).toEqual(floats);
  });

  test("six-bit floats: one entry an element, four elements in three bytes", () => {
    const elements = [1, 2, 3, 63, 32];
    const t = read({ dims: [5n], dataType: 27, int32Data: elements });
    // 000001 000010 000011 111111 100000, lowest bits first.
    expect(t.data).toEqual(Uint8Array.of(0x81, 0x30, 0xfc, 0x20));
    expect(fromBinary(TensorProtoSchema, encodeTensor(t)).int32Data).toEqual(elements);
  });
});

describe("any tensor", () => {
  const dims = fc.array(fc.nat(4), { maxLength: 4 });

  test("of any dtype comes back with the same bytes", () => {
    const numeric = DTYPES.filter((d) => d !== "string");
    fc.assert(
      fc.property(
        fc.constantFrom(...numeric),
        dims,
        fc.infiniteStream(fc.nat(255)),
        (dtype, shape, bytes) => {
          const count = shape.reduce((a, b) => a * b, 1);
          const rawData = Uint8Array.from({ length: bytesOf(dtype, count) }, () => bytes.next().value ?? 0);
          const fields = {
            dims: shape.map(BigInt),
            dataType: dtypeCode(dtype),
            rawData,
            name: "t",
            docString: "d",
          };
          const t = read(fields);
          expect([t.dtype, t.dims]).toEqual([dtype, shape]);
          expect(fromBinary(TensorProtoSchema, encodeTensor(t))).toEqual(create(TensorProtoSchema, fields));
        },
      ),
    );
  });

  test("of strings, UTF-8 or not", () => {
    const text = fc.uint8Array({ maxLength: 6 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (stringData) => {
        const fields = { dims: [BigInt(stringData.length)], dataType: 8, stringData };
        expect(fromBinary(TensorProtoSchema, encodeTensor(read(fields)))).toEqual(
          create(TensorProtoSchema, fields),
        );
      }),
    );
    expect(read({ dims: [1n], dataType: 8, stringData: [new TextEncoder().encode("naïve ☃")] }).data).toEqual(
      ["naïve ☃"],
    );
  });

  test("is a view of the file where it lies well, else a copy; both read alike", () => {
    const file = toBinary(
      TensorProtoSchema,
      create(TensorProtoSchema, {
        dims: [2n],
        dataType: 1,
        rawData: new Uint8Array(Float32Array.of(1, 2).buffer),
      }),
    );
    const shared = new Set<boolean>();
    for (let shift = 0; shift < 8; shift++) {
      const bytes = new Uint8Array(file.length + 8).subarray(shift, shift + file.length);
      bytes.set(file);
      const t = decodeTensor(bytes);
      expect(numbersOf(t)).toEqual([1, 2]);
      if (ArrayBuffer.isView(t.data)) shared.add(t.data.buffer === bytes.buffer);
    }
    expect(shared).toEqual(new Set([true, false]));
  });

  test("survives Node's Buffer, whose slice() shares memory", () => {
    const file = encodeTensor(tensor("float64", [3], [1, 2, 3]));
    for (let shift = 0; shift < 8; shift++) {
      const buffer = Buffer.alloc(file.length + 8).subarray(shift, shift + file.length);
      buffer.set(file);
      expect(numbersOf(decodeTensor(buffer))).toEqual([1, 2, 3]);
    }
  });
});

test("a tensor whose data do not fit its dims is refused on writing", () => {
  const t = { dtype: "float32", dims: [3], data: new Float32Array(2) } as const;
  expect(() => encodeTensor(t)).toThrow(/tensor_size at tensor: expected 12 bytes/);
});

test("bytes that are no tensor give one error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        decodeTensor(bytes, "t.pb");
      } catch (error) {
        expect(error).toBeInstanceOf(MorphError);
        expect(String(error)).toMatch(/onnx_(corrupt|invalid|external_missing|too_large) at t\.pb/);
      }
    }),
    { numRuns: 1000 },
  );
});
