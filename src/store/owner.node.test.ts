import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { fateOf, thisProcess } from "./owner.node.js";

describe("the fate of a process", () => {
  const me = thisProcess();

  it("this one is alive, whoever asks twice", () => {
    expect(fateOf(me, me)).toBe("alive");
    expect(thisProcess()).toEqual(me);
    expect(me.pid).toBe(process.pid);
  });

  it("a child is alive, then dead", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    await once(child, "spawn");
    const owner = { ...me, pid: child.pid ?? -1, started: "" };
    expect(fateOf(owner, me)).toBe("alive");
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    expect(fateOf(owner, me)).toBe("dead");
  });

  it.skipIf(me.started === "")("a process with the number but another beginning is another one", () => {
    expect(fateOf({ ...me, started: `${me.started}1` }, me)).toBe("dead");
  });

  it("a process from before the machine was switched on is dead", () => {
    expect(fateOf({ ...me, boot: "another" }, me)).toBe("dead");
  });

  it("processes of other machines and containers cannot be seen", () => {
    expect(fateOf({ ...me, host: "elsewhere" }, me)).toBe("unknown");
    expect(fateOf({ ...me, space: "pid:[1]" }, me)).toBe("unknown");
  });
});
