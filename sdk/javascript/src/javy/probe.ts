// Finds out how to call a JavaScript function in a plugin without loading bytecode for it: every load leaves a record
// of a module behind, and a SmartModule lives long. QuickJS keeps its native functions in the table, and one of them
// is Function.prototype.call; which one, and with what context, is seen by watching the table while it is called.

import { typeOf } from "../link/link.ts";
import { type ParsedModule, typeText } from "../link/module.ts";
import { Reader, Writer, writeSections } from "../wasm.ts";
import { wasm } from "../webassembly.ts";
import { type JavyVm, NATIVE, type Table } from "./vm.ts";

/** How to call a function: place of Function.prototype.call in the table, context, the function. */
export interface Route {
  readonly slot: number;
  readonly context: number;
  readonly fn: bigint;
}

/** Places in the table with functions of QuickJS's native shape. */
function nativeSlots(module: ParsedModule): number[] {
  const shape = typeText(NATIVE);
  return module.elements.flatMap(({ mode, table, offset, items }) => {
    const reader = new Reader(offset);
    if (mode !== 0 || table !== 0 || reader.byte() !== 0x41) return [];
    const start = Number(reader.signed());
    return items.flatMap((item, at) =>
      typeof item === "number" && typeText(typeOf(module, item)) === shape ? [start + at] : [],
    );
  });
}

/**
 * Runs `trigger`, which has the engine call a function by `run.call()`, and watches. Null when nothing was seen; the
 * table is as it was in any case.
 */
export async function findRoute(
  module: ParsedModule,
  vm: JavyVm,
  trigger: () => void,
): Promise<Route | null> {
  const slots = nativeSlots(module);
  const { table } = vm;
  const originals = newTable(table.length);
  for (let at = 0; at < table.length; at++) originals.set(at, table.get(at));
  let found: Route | null = null;
  const seen = (slot: number, context: number, self: bigint, count: number): void => {
    if (count === 0) found ??= { slot, context, fn: self };
  };
  const watchers = new wasm.Instance(await wasm.compile(watcherModule(slots)), {
    probe: { seen, table: originals },
  });
  for (const slot of slots) table.set(slot, watchers.exports[`at${slot}`]);
  try {
    trigger();
  } catch {
    // A plugin that does not stand it is called by bytecode.
    return null;
  } finally {
    for (const slot of slots) table.set(slot, originals.get(slot));
  }
  return found;
}

function newTable(length: number): Table {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Table: new (shape: { element: "anyfunc"; initial: number }) => Table };
  };
  return new WebAssembly.Table({ element: "anyfunc", initial: length });
}

/** A module with a function for each place, which tells that it is called and goes on to the original. */
function watcherModule(slots: readonly number[]): Uint8Array {
  const section = (write: (to: Writer) => void): Uint8Array => {
    const to = new Writer();
    write(to);
    return to.done();
  };
  const [I32, I64] = [0x7f, 0x7e];
  return writeSections([
    {
      id: 1,
      content: section((to) => {
        to.bytes(Uint8Array.of(2, 0x60, 4, I32, I64, I32, I32, 1, I64, 0x60, 4, I32, I32, I64, I32, 0));
      }),
    },
    {
      id: 2,
      content: section((to) => {
        to.u32(2);
        to.name("probe");
        to.name("seen");
        to.bytes(Uint8Array.of(0, 1));
        to.name("probe");
        to.name("table");
        to.bytes(Uint8Array.of(1, 0x70, 0, 0));
      }),
    },
    {
      id: 3,
      content: section((to) => {
        to.u32(slots.length);
        for (const _ of slots) to.u32(0);
      }),
    },
    {
      id: 7,
      content: section((to) => {
        to.u32(slots.length);
        for (const [at, slot] of slots.entries()) {
          to.name(`at${slot}`);
          to.byte(0);
          to.u32(at + 1);
        }
      }),
    },
    {
      id: 10,
      content: section((to) => {
        to.u32(slots.length);
        for (const slot of slots) {
          const body = section((inner) => {
            inner.bytes(Uint8Array.of(0, 0x41));
            inner.signed(BigInt(slot));
            inner.bytes(Uint8Array.of(0x20, 0, 0x20, 1, 0x20, 2, 0x10, 0));
            inner.bytes(Uint8Array.of(0x20, 0, 0x20, 1, 0x20, 2, 0x20, 3, 0x41));
            inner.signed(BigInt(slot));
            inner.bytes(Uint8Array.of(0x11, 0, 0, 0x0b));
          });
          to.u32(body.length);
          to.bytes(body);
        }
      }),
    },
  ]);
}
