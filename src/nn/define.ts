import type { Shape } from "../base/index.js";
import type { DType, Value } from "../ir/index.js";
import type { NetworkBuilder } from "./network.js";

/** What a definition is: layers make values of values, losses a number, metrics a number without a gradient. */
export type DefinitionKind = "layer" | "activation" | "loss" | "metric";

/** An input of a sample: its shape ("N" stands for the batch), or more where it is not of normal numbers. */
export type InputSpec =
  | Shape
  | {
      readonly shape: Shape;
      readonly dtype?: DType;
      /** Uniform in [low, high) instead of normal (integers for integer types). */
      readonly low?: number;
      readonly high?: number;
      /** Given contents, for batch {@link Sample.batch}. */
      readonly values?: readonly number[];
      /** No gradient is asked for: targets, masks of floats. */
      readonly constant?: boolean;
    };

/** One use of a layer, loss or metric: what the contract runs, and what the reference page shows. */
export interface Sample {
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** Expected shapes; one alone is called "y". */
  readonly outputs: Readonly<Record<string, Shape>>;
  readonly batch: number;
  /** Largest difference between ONNX Runtime and the reference, relative to the largest value. Default 1e-4. */
  readonly tolerance?: number;
  /** Why gradients of this case are not compared with differences. */
  readonly noGradient?: string;
  /** Values of the layer's code at these inputs. */
  build(g: NetworkBuilder, inputs: Readonly<Record<string, Value>>): Readonly<Record<string, Value>>;
}

/** Everything but the code that is known of a layer, loss or metric. It stands in the code's own file. */
export interface Definition {
  readonly kind: DefinitionKind;
  /** Name of the function. */
  readonly name: string;
  /** Section of the reference page: "Convolution", "Attention", …. */
  readonly group: string;
  /** One or two sentences, in our own words. */
  readonly doc: string;
  readonly formula?: string;
  /** Publication. */
  readonly source?: string;
  readonly samples: readonly Sample[];
}

type Built = Value | Readonly<Record<string, Value>>;

/**
 * Describe one use: inputs, the shapes that must come out, and the call.
 * @param outputs a shape for a single output, a record of shapes where `build` returns a record
 */
export function sample<const K extends string>(
  inputs: Readonly<Record<K, InputSpec>>,
  outputs: Shape | Readonly<Record<string, Shape>>,
  build: (g: NetworkBuilder, inputs: Readonly<Record<K, Value>>) => Built,
  options: Partial<Pick<Sample, "batch" | "tolerance" | "noGradient">> = {},
): Sample {
  return {
    batch: 2,
    ...options,
    inputs,
    outputs: isShape(outputs) ? { y: outputs } : outputs,
    build(g, values) {
      const made = build(g, values as Readonly<Record<K, Value>>);
      return "type" in made && "name" in made
        ? { y: made as Value }
        : (made as Readonly<Record<string, Value>>);
    },
  };
}

function isShape(outputs: Shape | Readonly<Record<string, Shape>>): outputs is Shape {
  return Array.isArray(outputs);
}
