import { create } from "@bufbuild/protobuf";
import { type Attribute, type Node, OWN_GRADIENT } from "../ir/index.js";
import { type NodeProto, type StringStringEntryProto, StringStringEntryProtoSchema } from "./schema.gen.js";

/**
 * In a file the gradient that a node says of itself is a note beside the node: runtimes read past it. A stopped
 * gradient is read again; of a custom gradient the file keeps that there was one, so that nobody trains by another.
 */
const KEY = "morphospace.gradient";
const NOTES = ["stop", "custom"];

/** What a file says beside a node, given what it said when it was read. */
export function notesOf(
  node: Node,
  read: readonly StringStringEntryProto[] = [],
): StringStringEntryProto[] | undefined {
  const rule = node.attributes[OWN_GRADIENT];
  const note = rule === undefined ? undefined : rule.type === "string" ? rule.value : "custom";
  const old = read.find(isNote)?.value;
  if (note === old) return read.length > 0 ? [...read] : undefined;
  const others = read.filter((entry) => !isNote(entry));
  return note === undefined
    ? others
    : [...others, create(StringStringEntryProtoSchema, { key: KEY, value: note })];
}

/** The attribute that stands for a note of a file; none where there is no note that we know. */
export function attributesOfNotes(proto: NodeProto): [string, Attribute][] {
  const note = proto.opType === "Identity" ? proto.metadataProps.find(isNote) : undefined;
  return note === undefined ? [] : [[OWN_GRADIENT, { type: "string", value: note.value }]];
}

function isNote(entry: StringStringEntryProto): boolean {
  return entry.key === KEY && NOTES.includes(entry.value);
}
