import { describe, expect, test } from "vitest";
import { Slots } from "../../src/session/slots.ts";

/** Work that a test lets begin and ends when it wants. */
function stage() {
  const begun: string[] = [];
  const enders = new Map<string, () => void>();
  const work = (name: string) => () =>
    new Promise<void>((resolve) => {
      begun.push(name);
      enders.set(name, resolve);
    });
  const end = async (name: string) => {
    enders.get(name)?.();
    for (let i = 0; i < 10; i++) {
      await Promise.resolve();
    }
  };
  return { begun, work, end };
}

describe("Slots", () => {
  test("let as much work begin as they are many", async () => {
    const { begun, work, end } = stage();
    const slots = new Slots(2);
    for (const name of ["a", "b", "c"]) {
      void slots.run({}, work(name));
    }
    expect(begun).toEqual(["a", "b"]);
    await end("b");
    expect(begun).toEqual(["a", "b", "c"]);
  });

  test("take transfers in turn, however much one of them has to do", async () => {
    const { begun, work, end } = stage();
    const slots = new Slots(1);
    const [large, small, other] = [{}, {}, {}];
    for (const part of ["large 1", "large 2", "large 3"]) {
      void slots.run(large, work(part));
    }
    void slots.run(small, work("small"));
    void slots.run(other, work("other"));
    for (const name of ["large 1", "large 2", "small", "other", "large 3"]) {
      await end(name);
    }
    expect(begun).toEqual(["large 1", "large 2", "small", "other", "large 3"]);
  });

  test("are freed by work that fails", async () => {
    const slots = new Slots(1);
    await expect(slots.run({}, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await slots.run({}, async () => "next")).toBe("next");
  });

  test("let who waits leave with the signal's reason, and serve the others", async () => {
    const { begun, work, end } = stage();
    const slots = new Slots(1);
    const controller = new AbortController();
    const transfer = {};
    void slots.run({}, work("first"));
    const waiting = slots.run(transfer, work("left"), controller.signal);
    void slots.run(transfer, work("stayed"));
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(slots.run({}, work("late"), controller.signal)).rejects.toBe(reason);
    await end("first");
    expect(begun).toEqual(["first", "stayed"]);
  });

  test.each([0, 1.5, Number.NaN, -1])("cannot be %s", (limit) => {
    expect(() => new Slots(limit)).toThrow(/concurrency must be a whole number from 1/);
  });
});
