/** A small checker of HTML for tests: elements balanced, ids unique, references met, nothing fetched. */
export interface CheckedHtml {
  readonly problems: readonly string[];
  readonly ids: ReadonlySet<string>;
  /** Text outside of scripts and styles, entities resolved. */
  readonly text: string;
  /** Names of all elements, in order. */
  readonly elements: readonly string[];
}

const VOID = new Set(["meta", "link", "br", "input", "img", "hr"]);
const RAW = new Set(["script", "style"]);

export function checkHtml(html: string): CheckedHtml {
  const problems: string[] = [];
  const ids = new Set<string>();
  const wanted: string[] = [];
  const stack: string[] = [];
  const elements: string[] = [];
  let text = "";
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open < 0) {
      text += html.slice(at);
      break;
    }
    text += html.slice(at, open);
    if (html.startsWith("<!doctype", open)) {
      at = html.indexOf(">", open) + 1;
      continue;
    }
    const tag = /^<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[^\s=<>"'/]+(?:="[^"]*")?)*)\s*(\/?)>/.exec(
      html.slice(open, open + 20_000),
    );
    if (tag === null) {
      problems.push(`no tag at ${open}: ${html.slice(open, open + 60)}`);
      at = open + 1;
      continue;
    }
    at = open + tag[0].length;
    const [, closing = "", name = "", attributes = "", self = ""] = tag;
    if (closing !== "") {
      const top = stack.pop();
      if (top !== name) problems.push(`</${name}> closes <${top ?? "nothing"}>`);
      continue;
    }
    elements.push(name);
    for (const [, key = "", value = ""] of attributes.matchAll(/([^\s=]+)="([^"]*)"/g)) {
      if (key === "id") {
        if (ids.has(value)) problems.push(`id ${value} twice`);
        ids.add(value);
      }
      if (key === "aria-labelledby") wanted.push(value);
      if (/^on/i.test(key)) problems.push(`handler ${key}`);
      if (/^(src|href|action|data|xlink:href|poster|srcset)$/.test(key) && !/^(#|data:,$)/.test(value)) {
        problems.push(`${name} loads ${key}=${value}`);
      }
    }
    if (self === "/" || VOID.has(name)) continue;
    if (RAW.has(name)) {
      const end = html.indexOf(`</${name}`, at);
      const body = html.slice(at, end);
      if (name === "style" && /url\((?!#)|@import/.test(body)) problems.push("style loads a file");
      at = html.indexOf(">", end) + 1;
      continue;
    }
    stack.push(name);
  }
  if (stack.length > 0) problems.push(`open at the end: ${stack.join(" ")}`);
  for (const id of wanted) if (!ids.has(id)) problems.push(`no element ${id}`);
  return { problems, ids, text: decode(text), elements };
}

function decode(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
