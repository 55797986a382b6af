import { DRAW } from "./graph-drawing.js";

/**
 * The report's script, plain JavaScript without any library: hover and keyboard for plots, sorting and
 * filtering, genotypes on demand, blocks of the drawing that open. Without it the page is still whole: all
 * trials stand in the table, all plots are drawn.
 */
export const PAGE_SCRIPT = String.raw`"use strict";(()=>{
const $=(s,r)=>(r||document).querySelector(s),$$=(s,r)=>[...(r||document).querySelectorAll(s)];
const el=(tag,text,cls)=>{const e=document.createElement(tag);if(text!==undefined)e.textContent=text;if(cls)e.className=cls;return e};
const data=JSON.parse($("#data").textContent),at=new Map(data.numbers.map((n,i)=>[n,i]));
const table=$("#trials"),body=table&&$("tbody",table),tip=$("#tip");
const rowOf=n=>document.getElementById("trial-"+n);
const heads=table?$$("thead th",table).map(h=>h.textContent):[];

/* hover: the trial under the pointer lights up in every plot */
let hot=null;
function light(n){
  if(n===hot)return;
  if(hot!==null)$$('[data-n="'+hot+'"]').forEach(e=>e.classList.remove("hot")),rowOf(hot)?.classList.remove("hot");
  hot=n;
  if(n!==null)$$('[data-n="'+n+'"]').forEach(e=>e.classList.add("hot")),rowOf(n)?.classList.add("hot");
}
function show(n,x,y){
  light(n);
  const row=n===null?null:rowOf(n);
  if(!row){tip.style.visibility="hidden";return}
  tip.textContent="";
  tip.append(el("b","Trial "+n));
  const t=el("table");
  [1,2,3,4,7,8,10].forEach(i=>{const c=row.cells[i];if(!c||c.textContent==="–")return;const r=el("tr");r.append(el("th",heads[i]),el("td",c.textContent));t.append(r)});
  tip.append(t);
  const w=tip.offsetWidth,h=tip.offsetHeight;
  tip.style.left=Math.max(8,Math.min(innerWidth-w-8,x+16))+"px";
  tip.style.top=(y+h+24>innerHeight?Math.max(8,y-h-14):y+16)+"px";
  tip.style.visibility="visible";
}
function nearest(svg,e){
  const direct=e.target.closest("[data-n]");
  if(direct)return +direct.dataset.n;
  const m=svg.getScreenCTM();if(!m)return null;
  const p=new DOMPoint(e.clientX,e.clientY).matrixTransform(m.inverse());
  let best=null,d=22/m.a;
  for(const c of svg.querySelectorAll("circle[data-n]")){const q=Math.hypot(c.cx.baseVal.value-p.x,c.cy.baseVal.value-p.y);if(q<d){d=q;best=+c.dataset.n}}
  return best;
}
for(const svg of $$("svg.plot")){
  /* what the keyboard shows stays while the page scrolls under a mouse that lies still */
  let keyed=false;
  svg.addEventListener("pointermove",e=>{if(keyed&&!e.movementX&&!e.movementY)return;keyed=false;show(nearest(svg,e),e.clientX,e.clientY)});
  svg.addEventListener("pointerleave",()=>{if(!keyed)show(null)});
  svg.addEventListener("click",e=>{const n=nearest(svg,e);if(n!==null)go(n)});
  /* keyboard: arrows walk over the marks, Enter goes to the row */
  let i=-1;
  svg.addEventListener("keydown",e=>{
    const marks=$$("[data-n]",svg);if(!marks.length)return;
    const step={ArrowRight:1,ArrowDown:1,ArrowLeft:-1,ArrowUp:-1}[e.key];
    if(step){
      e.preventDefault();keyed=true;
      const x=m=>m.getBBox().x;
      const order=svg._order||(svg._order=marks.sort((a,b)=>x(a)-x(b)));
      i=(i+step+order.length)%order.length;
      const m=order[i],b=m.getBoundingClientRect();
      show(+m.dataset.n,b.right,b.bottom);
      const row=rowOf(m.dataset.n);if(row)$("#say").textContent="Trial "+m.dataset.n+", "+[1,2,3,4].map(k=>heads[k]+" "+row.cells[k].textContent).join(", ");
    }else if(e.key==="Enter"&&i>=0)go(+svg._order[i].dataset.n);
    else if(e.key==="Escape")show(null);
  });
  svg.addEventListener("blur",()=>{keyed=false;show(null)});
}
function go(n){
  const row=rowOf(n);if(!row)return;
  if(row.hidden)reset();
  show(null);
  $$("tr.lit").forEach(r=>r.classList.remove("lit"));
  row.classList.add("lit");
  open(row,true);
  row.scrollIntoView({block:"center"});
  $("button",row).focus({preventScroll:true});
}
document.addEventListener("click",e=>{const a=e.target.closest("[data-go]");if(a){e.preventDefault();go(+a.dataset.go)}});

/* table */
const UNITS={k:1e3,M:1e6,G:1e9,T:1e12,B:1,KiB:1024,MiB:1048576,GiB:1073741824,TiB:1099511627776,min:60,h:3600,days:86400};
function value(text){
  const m=text.replace(/,/g,"").replace(/−/g,"-").match(/^(-?[\d.]+(?:e[+-]?\d+)?)\s*([A-Za-z]*)/);
  return m?parseFloat(m[1])*(UNITS[m[2]]||1):NaN;
}
function close(){ $$("tr.more",body).forEach(r=>r.remove());$$("td button",body).forEach(b=>b.setAttribute("aria-expanded","false")) }
if(table){
  const all=[...body.rows];
  for(const b of $$("td button",body))b.setAttribute("aria-expanded","false");
  $$("thead th",table).forEach((th,i)=>th.addEventListener("click",()=>{
    close();
    const up=th.getAttribute("aria-sort")===(i===0||i===1||i===10?"ascending":"descending")?-1:1;
    $$("thead th",table).forEach(o=>o.removeAttribute("aria-sort"));
    const text=i===1||i===10,dir=text||i===0?up:-up;
    th.setAttribute("aria-sort",dir>0?"ascending":"descending");
    const key=new Map(all.map(r=>[r,text?r.cells[i].textContent:value(r.cells[i].textContent)]));
    all.sort((a,b)=>{
      const x=key.get(a),y=key.get(b);
      if(text)return dir*x.localeCompare(y,"en",{numeric:true});
      if(isNaN(x)||isNaN(y))return isNaN(x)-isNaN(y);
      return dir*(x-y);
    });
    body.append(...all);
  }));
  const find=$("#find"),pick=$("#show");
  const filter=()=>{
    close();
    const words=find.value.toLowerCase().split(/\s+/).filter(Boolean),kind=pick.value;let n=0;
    for(const r of all){
      const state=r.cells[1].textContent,front=r.classList.contains("front")||r.classList.contains("winner");
      const text=(r.cells[0].textContent+" "+state+" "+r.cells[10].textContent).toLowerCase();
      const ok=(kind===""||(kind==="f"?front:kind==="c"?state.startsWith("complete"):kind==="s"?state.startsWith("stopped"):state.startsWith("failed")))&&words.every(w=>text.includes(w));
      r.hidden=!ok;if(ok)n++;
    }
    $("#shown").textContent=n.toLocaleString("en-US")+" of "+all.length.toLocaleString("en-US");
  };
  find.addEventListener("input",filter);pick.addEventListener("change",filter);
  $("#filter").addEventListener("submit",e=>e.preventDefault());
  body.addEventListener("click",e=>{const b=e.target.closest("button");if(b)open(b.closest("tr"),b.getAttribute("aria-expanded")!=="true")});
}
function reset(){ $("#find").value="";$("#show").value="";$("#show").dispatchEvent(new Event("change")) }
function pairs(i){ const r=data.genotypes.rows[i],w=data.genotypes.words,s=data.genotypes.shapes[r[0]];return s.map((p,k)=>[w[p],w[r[k+1]]]) }
function open(row,yes){
  const button=$("button",row),next=row.nextElementSibling;
  if(next&&next.classList.contains("more")){if(!yes){next.remove();button.setAttribute("aria-expanded","false")}return}
  if(!yes)return;
  button.setAttribute("aria-expanded","true");
  const n=+button.textContent,i=at.get(n),cell=el("td");
  cell.colSpan=row.cells.length;
  const parent=data.parents[i],before=parent===null||!at.has(parent)?null:new Map(pairs(at.get(parent)));
  const error=data.errors[i];
  if(error)cell.append(el("p",error,"bad-text"));
  const list=el("dl",undefined,"geno");let changed=0;
  for(const [k,v] of pairs(i)){
    const line=el("div");line.append(el("dt",k),el("dd",v));
    if(before&&before.get(k)!==v){line.className="new";line.title=before.has(k)?"was "+before.get(k)+" in trial "+parent:"not in trial "+parent;changed++}
    list.append(line);
  }
  const p=el("p","Genotype "+data.hashes[i]+(before?", "+changed+(changed===1?" decision":" decisions")+" changed from ":""),"soft");
  if(before){const a=el("a","trial "+parent);a.href="#trial-"+parent;a.dataset.go=parent;p.append(a)}
  cell.append(p,list);
  const more=el("tr",undefined,"more");more.append(cell);row.after(more);
}

/* the drawing: blocks open and close in place */
const GAP=${DRAW.gap},HEAD=${DRAW.head},r=v=>Math.round(v*10)/10;
const kids=(e,c)=>[...e.children].filter(k=>k.classList.contains(c));
function link(x1,y1,b,x2,y2,l){
  if(l===undefined){
    if(x1===x2)return"M"+r(x1)+" "+r(y1)+"V"+r(y2);
    const k=Math.min(22,(y2-b)*.7);
    return"M"+r(x1)+" "+r(y1)+"V"+r(b)+"C"+r(x1)+" "+r(b+k)+" "+r(x2)+" "+r(y2-k)+" "+r(x2)+" "+r(y2);
  }
  return"M"+r(x1)+" "+r(y1)+"V"+r(b)+"C"+r(x1)+" "+r(b+14)+" "+r(l)+" "+r(b+4)+" "+r(l)+" "+r(b+22)+"V"+r(y2-22)+"C"+r(l)+" "+r(y2-4)+" "+r(x2)+" "+r(y2-14)+" "+r(x2)+" "+r(y2);
}
function place(view){
  const items=kids(view,"gi"),rows=[];
  const h=items.map(g=>{
    const face=kids(g,"gf")[0],inner=kids(g,"gn")[0],opened=face&&face.getAttribute("aria-expanded")==="true";
    const height=opened&&inner?HEAD+place(kids(inner,"gv")[0]):+(g.dataset.c||(g.dataset.c=inner?HEAD:g.dataset.h));
    kids(g,"gb")[0].setAttribute("height",r(height));
    const i=+g.dataset.r;rows[i]=Math.max(rows[i]||0,height);
    return height;
  });
  let y=GAP;const top=rows.map(v=>{const t=y;y+=v+GAP;return t});
  const ty=items.map((g,i)=>{const t=top[+g.dataset.r];const x=g.transform.baseVal[0].matrix.e;g.setAttribute("transform","translate("+x+" "+r(t)+")");return t});
  for(const p of kids(view,"gr").flatMap(g=>kids(g,"ge"))){
    const [f,t,x1,x2,l]=p.dataset.e.split(" ").map((v,i)=>v===""?undefined:+v);
    const y1=f<0?0:ty[f]+h[f],row=f<0?0:+items[f].dataset.r,b=f<0?0:top[row]+rows[row],y2=t>=items.length?y:ty[t];
    p.setAttribute("d",link(x1,y1,b,x2,y2,l));
  }
  for(const s of kids(view,"gl")){const f=+s.dataset.f;s.setAttribute("y",r((f<0?0:ty[f]+h[f])+GAP/2+3))}
  return y;
}
for(const svg of $$(".drawing svg.gd")){
  const main=$(".gm",svg),root=kids(main,"gv")[0],end=$(".go",svg);
  const start=main.transform.baseVal[0].matrix.f,base=end.getBBox().height+4;
  const fit=()=>{
    const h=place(root),box=svg.viewBox.baseVal;
    end.setAttribute("transform","translate(0 "+r(start+h)+")");
    const H=start+h+base;
    svg.setAttribute("viewBox",box.x+" "+box.y+" "+box.width+" "+r(H));svg.setAttribute("height",r(H));
  };
  const set=(face,yes)=>{
    face.setAttribute("aria-expanded",yes);
    const g=face.parentNode,inner=kids(g,"gn")[0];
    kids(g,"gb")[0].classList.toggle("open",yes);
    if(yes)inner.removeAttribute("display");else inner.setAttribute("display","none");
  };
  const toggle=face=>{set(face,face.getAttribute("aria-expanded")!=="true");fit()};
  svg.addEventListener("click",e=>{const f=e.target.closest(".gf[role=button]");if(f)toggle(f)});
  svg.addEventListener("keydown",e=>{const f=e.target.closest(".gf[role=button]");if(f&&(e.key==="Enter"||e.key===" ")){e.preventDefault();toggle(f)}});
  const every=yes=>{$$(".gf[role=button]",svg).forEach(f=>set(f,yes));fit()};
  $("#open-all")?.addEventListener("click",()=>every(true));
  $("#close-all")?.addEventListener("click",()=>every(false));
}
if(/^#trial-\d+$/.test(location.hash))go(+location.hash.slice(7));
})();`;
