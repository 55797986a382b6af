/**
 * Style of graph drawings. Colours are variables with light values; a page (or the media query below, in a
 * file of its own) sets the dark ones. Hues are of the Okabe-Ito palette, which colour-blind people can tell
 * apart.
 */
export const GRAPH_CLASSES = `
.gd{font:12px var(--sans,system-ui,sans-serif);fill:var(--ink,#1d1d1f)}
.gd .gb{fill:var(--card,#fff);stroke:var(--line2,#c9c5bb)}
.gd .gb.k-block{fill:var(--block,#f4f1ea)}
.gd .gb.k-conv{fill:var(--conv,#e8f1f8);stroke:var(--conv2,#9dc0da)}
.gd .gb.k-linear{fill:var(--linear,#f3eaf4);stroke:var(--linear2,#cfb1d2)}
.gd .gb.k-pool{fill:var(--pool,#e6f4ee);stroke:var(--pool2,#98cdb6)}
.gd .gb.k-join{fill:var(--join,#fbf3e2);stroke:var(--join2,#ddc07e)}
.gd .gh{fill:transparent}
.gd .gf[role=button]{cursor:pointer}
.gd .gf[role=button]:hover .gh{fill:var(--hover,#0072b214)}
.gd .gf:focus{outline:none}
.gd .gf:focus-visible .gh{stroke:var(--blue,#0072b2);stroke-width:2}
.gd .gx{font-weight:600}
.gd .gy{font-size:10.5px;font-weight:400;fill:var(--soft,#66625a)}
.gd .gw{font-size:10px;text-anchor:end;font-variant-numeric:tabular-nums;fill:var(--soft,#66625a)}
.gd .gl{font-size:10px;fill:var(--soft,#66625a);font-variant-numeric:tabular-nums}
.gd .gs{text-anchor:middle}
.gd .gc{fill:none;stroke:var(--soft,#66625a);stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}
.gd .gf[aria-expanded=true] .gc{transform:rotate(90deg);transform-box:fill-box;transform-origin:center}
.gd .gz,.gd .gp,.gd .gq{fill:none;stroke-width:5;stroke:var(--track,#00000012)}
.gd .gp{stroke:var(--blue,#0072b2)}
.gd .gq{stroke:var(--ochre,#d08700)}
.gd .ge{fill:none;stroke:var(--arrow,#8d887c);stroke-width:1.2}
.gd .ge.ga{stroke:var(--verm,#d55e00);stroke-width:1.4;opacity:.75}
.gd .gk{stroke:var(--line2,#c9c5bb);stroke-width:.7}
.gd .gt{fill:var(--arrow,#8d887c)}
.gd .gu{fill:none;stroke:var(--line2,#c9c5bb);stroke-dasharray:3 3}`.replaceAll("\n", "");

const DARK = `--ink:#e8e5de;--soft:#a8a396;--card:#232320;--block:#1f1f1c;--line2:#4a473f;--conv:#1b2a35;--conv2:#41647c;--linear:#2d2330;--linear2:#6f5674;--pool:#1a2e26;--pool2:#3f7560;--join:#322a18;--join2:#7b6731;--track:#ffffff14;--arrow:#86816f;--blue:#56a8dc;--ochre:#e0a030;--verm:#f08048`;

/** For an SVG file of its own. */
export const GRAPH_STYLE = `${GRAPH_CLASSES}@media(prefers-color-scheme:dark){.gd{${DARK}}}`;
