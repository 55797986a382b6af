/** What the generated pages are written with. */
const GENERATED =
  "<!-- Generated from the definitions by `npx vitest run test/reference-pages -u`; do not edit. -->";

export function page(title: string, blocks: readonly string[]): string {
  return `${[GENERATED, `# ${title}`, ...blocks].join("\n\n")}\n`;
}

/** A Markdown table; bars inside cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}
