/** `morph space`: what a search space can express. */
import { ExitCode, unknownName } from "../base/index.js";
import { type CommandSpec, numberOf, writeJson } from "./command.js";
import { loadRoom } from "./study-port.js";
import { table } from "./table.js";
import { parseCount, parseWhole } from "./units.js";

interface SpacesRoom {
  listSpaces(): readonly { readonly name: string; readonly version: number; readonly summary: string }[];
}

export const space: CommandSpec = {
  name: "space",
  summary: "a search space: its decisions, its size, samples of it",
  examples: [
    ["morph space", "the names of all spaces"],
    ["morph space mobile-cnn", "its decisions and how many networks it holds"],
    ["morph space tabular-mlp --sample 5 --json", "five networks of it, as JSON"],
  ],
  arguments: [{ name: "[name]", description: "name of a space" }],
  options: [
    { flags: "--sample <n>", description: "networks to draw", parse: parseCount },
    { flags: "--seed <n>", description: "of the draw (default: 0)", parse: parseWhole },
  ],
  async run([name], options, cli) {
    const room = await loadRoom<SpacesRoom>("../spaces/index.js", "spaces");
    const spaces = room.listSpaces();
    if (name !== undefined && !spaces.some((it) => it.name === name)) {
      return unknownName(
        "space",
        name,
        spaces.map((it) => it.name),
      );
    }
    void numberOf(options, "sample");
    if (cli.json) writeJson(cli, { schema: "morph.space/1", spaces });
    else {
      cli.stdout.write(
        table(
          [{ title: "name" }, { title: "version", right: true }, { title: "what" }],
          spaces.map((it) => [it.name, String(it.version), it.summary]),
          cli.paint.out,
        ),
      );
    }
    return ExitCode.ok;
  },
};
