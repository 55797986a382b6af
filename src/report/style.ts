import { GRAPH_CLASSES } from "./graph-style.js";

/**
 * Style of the report: set like a paper, not like a dashboard. Text on a warm white (or a warm black), one
 * column with its headings in the margin, hairlines instead of boxes, colour for data alone.
 */
const BASE = `
:root{color-scheme:light dark;--sans:"Inter","Avenir Next","Segoe UI",system-ui,-apple-system,"Noto Sans","Liberation Sans",sans-serif;--serif:"Charter","Bitstream Charter","Charis SIL","Sitka Text",Cambria,"Noto Serif",Georgia,serif;--mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"Liberation Mono",monospace;
--paper:#fcfbf8;--ink:#201f1c;--soft:#67635a;--line:#e4e0d6;--line2:#cbc6b9;--card:#fff;--track:#0000000f;--hover:#0072b212;--blue:#0069a8;--verm:#c24e00;--green:#00795a;--ochre:#c98200;--dot:#8f8a7f;--arrow:#8d887c;--block:#f5f2eb;--conv:#e9f2f9;--conv2:#a3c4dd;--linear:#f4ebf5;--linear2:#cfb1d2;--pool:#e6f4ee;--pool2:#98cdb6;--join:#fbf3e2;--join2:#ddc07e;--r0:#b9d3e6;--r1:#6fa6cf;--r2:#1f6fae;--r3:#0b3f6b}
@media screen and (prefers-color-scheme:dark){:root{--paper:#171614;--ink:#ebe8e1;--soft:#a49f92;--line:#33312b;--line2:#4b473e;--card:#22211e;--track:#ffffff14;--hover:#56b4e91c;--blue:#62b0e4;--verm:#f58a4e;--green:#4cc19a;--ochre:#e2a53a;--dot:#857f72;--arrow:#837d70;--block:#1e1d1a;--conv:#1a2933;--conv2:#3f6178;--linear:#2c222f;--linear2:#6d5572;--pool:#192d25;--pool2:#3d725c;--join:#312917;--join2:#78652f;--r0:#274a63;--r1:#3a7ba8;--r2:#6db8e8;--r3:#bfe2f8}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 var(--sans)}
main,header,footer{max-width:1180px;margin:0 auto;padding:0 clamp(16px,4vw,44px)}
header{padding-top:clamp(36px,7vw,88px)}
h1{font:400 clamp(34px,6.2vw,68px)/1.05 var(--serif);letter-spacing:-.018em;margin:14px 0 0;text-wrap:balance}
h1 b{font-weight:400;color:var(--blue)}
.lede{font:400 clamp(19px,2.5vw,27px)/1.4 var(--serif);margin:14px 0 0;color:var(--soft);max-width:44em;text-wrap:pretty}
.lede b{font-weight:400;color:var(--ink);white-space:nowrap}
.mark{font-size:13px;color:var(--soft);letter-spacing:.01em;margin:0}
.byline{max-width:none;font-size:14px;color:var(--soft);margin:26px 0 0;padding-top:14px;border-top:1px solid var(--line)}
.byline b{font-weight:500;color:var(--ink)}.byline i{font-style:normal;padding:0 .6em;color:var(--line2)}
section{border-top:1px solid var(--line);margin-top:clamp(36px,5vw,60px);padding-top:18px;display:grid;grid-template-columns:11.5rem minmax(0,1fr);gap:8px 36px}
section>div{min-width:0}
h2{font:400 21px/1.25 var(--serif);margin:0}
h2+p{grid-column:1;margin:0;font-size:13.5px;line-height:1.5;color:var(--soft)}
.title{grid-column:1;display:flex;flex-direction:column;gap:8px}
.body{grid-column:2}
.wide .title,.wide .body{grid-column:1/-1}
.wide .title p{max-width:46em}
.wide .body{margin-top:10px}
h3{font:600 14px/1.3 var(--sans);margin:28px 0 8px}
p{margin:0 0 12px;max-width:44em}
.title p{font-size:13.5px;line-height:1.5;color:var(--soft);margin:0}
a{color:var(--blue);text-underline-offset:.18em;text-decoration-thickness:1px}
code,pre{font:13px/1.55 var(--mono)}
:focus-visible{outline:2px solid var(--blue);outline-offset:2px;border-radius:2px}
.soft{color:var(--soft);fill:var(--soft)}.ok{color:var(--green);font-weight:500;white-space:nowrap}.bad-text{color:var(--verm);font-weight:600;white-space:nowrap}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
table{border-collapse:collapse;width:100%;font-size:14.5px;font-variant-numeric:tabular-nums lining-nums}
th,td{text-align:left;padding:8px 14px 8px 0;border-bottom:1px solid var(--line);font-weight:400;vertical-align:baseline}
thead th,thead td{font-size:12.5px;color:var(--soft);padding-top:0;border-color:var(--line2)}
th:last-child,td:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap}
caption{text-align:left;font-size:13px;color:var(--soft);padding-bottom:8px}
.scroll{overflow-x:auto}
.certificate .big{font-weight:600}.certificate th[scope=row]{white-space:nowrap}.certificate .bar{width:26%;min-width:90px}
.gauge{display:block;width:100%;height:7px}.track{fill:var(--track)}.good{fill:var(--blue)}.bad{fill:var(--verm)}.grey{fill:var(--dot)}
.baselines{max-width:640px}.baselines .bar{width:46%}.own th,.own td{font-weight:600}
.plain{width:auto;min-width:min(100%,420px);margin-bottom:16px}
`;

const PLOTS = `
.plot{display:block;width:100%;height:auto;overflow:visible;font:11px var(--sans);fill:var(--ink);font-variant-numeric:tabular-nums}
.plot:focus{outline:none}.plot:focus-visible{outline:2px solid var(--blue);outline-offset:4px}
.trio{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,290px),1fr));gap:28px 30px}
.duo{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:28px 36px}
.grid path{stroke:var(--line);fill:none}.grid .tick{stroke:var(--line2)}.grid text{fill:var(--soft)}
.axis{stroke:var(--line2);fill:none}
.tt{font-weight:500}.tt .soft{font-weight:400}
.ty,.te{text-anchor:end}.tx{text-anchor:middle}
.m-plain{fill:var(--dot);fill-opacity:.55}.m-front{fill:var(--blue)}.m-winner{fill:var(--verm)}
.m-infeasible circle,circle.m-infeasible{fill:none;stroke:var(--dot);stroke-width:1.2}
.m-failed{fill:none;stroke:var(--dot);stroke-width:1.4}
.ring{fill:none;stroke:var(--verm);stroke-width:1.4;pointer-events:none}
.name{font-weight:600;fill:var(--verm);paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}
.note{fill:var(--soft);font-size:10.5px;paint-order:stroke;stroke:var(--paper);stroke-width:3px}
.front,.best{fill:none;stroke:var(--blue);stroke-width:1.7;stroke-linejoin:round}
.best{stroke-width:2}
.beyond{fill:var(--track)}.limit{stroke:var(--soft);stroke-dasharray:2 3;fill:none}
.curves path{fill:none;stroke:var(--dot);stroke-width:1;opacity:.38}
.curves.many path:not(.hot){opacity:.16}
.strong{fill:none;stroke:var(--verm);stroke-width:2.2;stroke-linejoin:round}
.loss-train{fill:none;stroke:var(--blue);stroke-width:1.8}.loss-val{fill:none;stroke:var(--verm);stroke-width:1.8;stroke-dasharray:5 3}
.bars path{fill:none}.bars.r0{stroke:var(--r0)}.bars.r1{stroke:var(--r1)}.bars.r2{stroke:var(--r2)}.bars.r3{stroke:var(--r3)}.bars.r-failed{stroke:var(--verm)}
.timeline{min-width:680px}
[data-n]{cursor:pointer}.m-plain circle,.m-infeasible circle{r:3px}
.plot circle.hot{fill:var(--verm);fill-opacity:1;stroke:var(--paper);stroke-width:1.5}
.m-failed path.hot{stroke:var(--verm);stroke-width:2.4;opacity:1}
.curves path.hot{stroke:var(--verm);opacity:1;stroke-width:2.2}
.bars path.hot{stroke:var(--ochre)}
.legend+p{margin-top:10px;font-size:13px}.legend{display:flex;flex-wrap:wrap;gap:4px 20px;font-size:13px;color:var(--soft);margin:14px 0 0;padding:0;list-style:none}
.legend li{display:flex;align-items:center;gap:7px}.legend svg{width:18px;height:14px;flex:none}
.legend .r0{fill:var(--r0)}.legend .r1{fill:var(--r1)}.legend .r2{fill:var(--r2)}.legend .r3{fill:var(--r3)}.legend .rf{fill:var(--verm)}
.legend .lb{fill:var(--blue)}.legend .lo{fill:var(--ochre)}
#tip{position:fixed;z-index:9;pointer-events:none;background:var(--card);color:var(--ink);border:1px solid var(--line2);border-radius:6px;padding:8px 11px;font-size:12.5px;line-height:1.5;box-shadow:0 6px 24px #0002;max-width:280px;font-variant-numeric:tabular-nums;visibility:hidden}
#tip b{font-weight:600}#tip table{font-size:12.5px;width:auto}#tip th,#tip td{border:0;padding:0 12px 0 0}#tip th{color:var(--soft)}#tip td{text-align:right;padding:0}
`;

const PARTS = `
.filter{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:center;font-size:13.5px;margin-bottom:12px;color:var(--soft)}
.filter input,.filter select{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--line2);border-radius:5px;padding:5px 8px;margin-left:6px}
.filter output{margin-left:auto;font-variant-numeric:tabular-nums}
.tall{max-height:560px;overflow:auto;border-bottom:1px solid var(--line2)}
#trials{font-size:13.5px}#trials td:not(:nth-child(2),:nth-child(11),[colspan]){text-align:right}#trials th,#trials td{padding:5px 14px 5px 0;white-space:nowrap}#trials th:last-child,#trials td:last-child{padding-right:6px}
#trials thead th{position:sticky;top:0;background:var(--paper);border:0;box-shadow:inset 0 -1px var(--line2);padding:6px 14px 6px 0;z-index:1}
#trials button{all:unset;cursor:pointer;color:inherit}#trials button:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
#trials thead button:hover,#trials td button{color:var(--blue)}
#trials th[aria-sort=ascending] button::after{content:" ↑"}#trials th[aria-sort=descending] button::after{content:" ↓"}
#trials tbody tr:hover,#trials tr.hot{background:var(--hover)}
#trials .winner td{font-weight:600}#trials .failed td,#trials .infeasible td{color:var(--soft)}
#trials tr:target,#trials tr.lit{background:var(--hover);box-shadow:inset 3px 0 var(--verm)}
#trials .more td{white-space:normal;padding:10px 0 20px 24px;color:var(--ink);font-weight:400;background:var(--paper)}
.geno{columns:3 220px;column-gap:32px;font-size:13px;margin:0}.geno div{display:flex;align-items:baseline;justify-content:space-between;gap:12px;break-inside:avoid;border-bottom:1px dotted var(--line)}
.geno dt{color:var(--soft);font:12.5px var(--mono);overflow-wrap:anywhere}.geno dd{margin:0;text-align:right;overflow-wrap:anywhere}.geno .new dd,.geno .new dt{color:var(--verm)}
.confusion{width:auto;font-size:13px}.confusion th,.confusion td{border:0;padding:0;min-width:38px;height:30px;text-align:center;vertical-align:middle}
.confusion th[scope=row]{text-align:right;padding-right:10px;white-space:nowrap}.confusion .sum{padding-left:10px;color:var(--soft);white-space:nowrap}.confusion tfoot td.sum{padding:6px 2px 0;font-size:11.5px}.confusion tfoot th{color:var(--soft);font-size:11.5px;padding-top:6px}.confusion caption{white-space:normal}
.z{color:var(--line2)}
td.d0,td.d1,td.d2,td.d3,td.d4{background:color-mix(in srgb,var(--blue) 10%,transparent)}td.d2{background:color-mix(in srgb,var(--blue) 14%,transparent)}td.d3{background:color-mix(in srgb,var(--blue) 19%,transparent)}td.d4{background:color-mix(in srgb,var(--blue) 26%,transparent)}
td.e1{background:color-mix(in srgb,var(--verm) 10%,transparent)}td.e2{background:color-mix(in srgb,var(--verm) 20%,transparent)}td.e3,td.e4{background:color-mix(in srgb,var(--verm) 32%,transparent)}
.matrix{margin:0 0 18px;max-width:520px}.matrix svg{width:100%;display:block}.frame{fill:none;stroke:var(--line2)}
path.d0,path.d1{fill:var(--r0)}path.d2{fill:var(--r1)}path.d3{fill:var(--r2)}path.d4{fill:var(--r2)}path.e1{fill:var(--verm);opacity:.35}path.e2{fill:var(--verm);opacity:.55}path.e3,path.e4{fill:var(--verm)}
figcaption{font-size:13px;color:var(--soft);margin:6px 0}
.mistakes{display:flex;flex-wrap:wrap;gap:26px 34px;align-items:flex-start}.mistakes>*{min-width:0}.mistakes .plain{min-width:0;font-size:13px}.mistakes .plain th,.mistakes .plain td{padding-top:4px;padding-bottom:4px}.mistakes .matrix{flex:1 1 340px}
.lineage{list-style:none;margin:0;padding:0;font-size:14.5px}.lineage li{position:relative;padding:0 0 14px 24px;display:grid;grid-template-columns:auto auto 1fr;gap:2px 14px}
.lineage li::before{content:"";position:absolute;left:4px;top:8px;width:8px;height:8px;border-radius:50%;background:var(--blue)}.lineage li:last-child::before{background:var(--verm)}.lineage li.gap::before{background:none}
.lineage li:not(:last-child)::after{content:"";position:absolute;left:7.5px;top:16px;bottom:-8px;width:1px;background:var(--line2)}
.lineage span{color:var(--soft)}.lineage b{font-weight:600;font-variant-numeric:tabular-nums}.lineage .gap{color:var(--soft)}
.failures{padding:0;margin:0;list-style:none;font-size:13.5px}.failures li{padding:8px 0;border-bottom:1px solid var(--line)}.failures code{display:block;overflow-wrap:anywhere}.failures span{color:var(--soft)}
.codes{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:8px 28px}.codes figure{margin:0;min-width:0}
pre{background:var(--block);border-radius:6px;padding:14px 16px;overflow-x:auto;margin:0 0 12px;font-size:12.5px}
dl{margin:0;font-size:14px}.body>dl{display:grid;grid-template-columns:9rem minmax(0,1fr);gap:5px 20px}dt{color:var(--soft)}.body>dl dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
details{margin-top:16px;font-size:14px}summary{cursor:pointer;color:var(--blue)}details pre{margin-top:10px;max-height:420px}
.drawing{overflow-x:auto}.drawing .gd{display:block;margin:0 auto;max-width:100%;height:auto}
.tools{display:flex;gap:10px;margin-bottom:10px;justify-content:center}.tools button{font:inherit;font-size:13px;color:var(--blue);background:none;border:1px solid var(--line2);border-radius:5px;padding:4px 11px;cursor:pointer}.tools button:hover{background:var(--hover)}
footer{font-size:13px;color:var(--soft);padding-top:40px;padding-bottom:60px}
@media(max-width:760px){section{grid-template-columns:minmax(0,1fr)}.title,.body{grid-column:1}.plot{font-size:13px}.trio .plot{font-size:11.5px}.body>dl{grid-template-columns:minmax(0,1fr);gap:0}.body>dl dd{margin-bottom:8px}.certificate{font-size:13px}.certificate th,.certificate td{padding-right:10px;white-space:nowrap}.certificate .bar,.certificate th:nth-child(4),.w{display:none}.certificate thead th:last-child{font-size:0}.baselines .bar{width:34%}.confusion th,.confusion td{min-width:25px;height:26px;font-size:12px}.confusion .sum,.confusion tfoot{display:none}.lineage li{grid-template-columns:auto 1fr}.lineage span{grid-column:1/-1}}
@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{.trio{grid-template-columns:repeat(3,minmax(0,1fr));gap:16px}.duo{grid-template-columns:repeat(2,minmax(0,1fr));gap:20px}.certificate th,.certificate td{white-space:nowrap}.w{display:none}.timeline{min-width:0}:root{--paper:#fff}body{font-size:10.5pt}header{padding-top:0}section{break-inside:avoid-page;margin-top:22px}section.wide{break-inside:auto}.tall{max-height:none;overflow:visible}.scroll{overflow:visible}.filter,.tools,#tip{display:none}#trials{font-size:8pt}#trials th,#trials td{padding:2px 6px 2px 0}#trials thead th{position:static}tr,figure,.plot{break-inside:avoid}a{color:inherit;text-decoration:none}.codes{grid-template-columns:1fr}pre{white-space:pre-wrap}}
`;

export const PAGE_STYLE = [BASE, PLOTS, PARTS, GRAPH_CLASSES].join("").replace(/\n/g, "");
