/** Text for element content and for quoted attributes. Control characters that HTML forbids become U+FFFD. */
export function escapeHtml(text: string | number): string {
  return String(text)
    .replace(FORBIDDEN, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Control characters but for tab and line breaks, noncharacters, lone surrogates. */
const FORBIDDEN = /(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]|\p{Cs}/gu;

/**
 * JSON for a `<script type="application/json">` element: no `<` or `>` can end the element or open a comment
 * inside it.
 */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll(">", "\\u003e")
    .replaceAll("&", "\\u0026")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

/** Text cut to a length, with an ellipsis; whole code points only. */
export function shorten(text: string, length: number): string {
  const points = [...text];
  return points.length <= length ? text : `${points.slice(0, Math.max(1, length - 1)).join("")}…`;
}

/** Text with its middle cut out, for paths: their ends say most. */
export function shortenMiddle(text: string, length: number): string {
  const points = [...text];
  if (points.length <= length) return text;
  const head = Math.ceil((length - 1) / 3);
  const tail = length - 1 - head;
  return `${points.slice(0, head).join("")}…${points.slice(points.length - tail).join("")}`;
}
