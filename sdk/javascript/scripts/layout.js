// Where the engine keeps things that the glue reads and writes by itself. Each place is found by looking at objects of
// the engine's, and whatever is not as expected ends the build.

const MARK = 0x5a17c300;
const TEXT = "abcdefghijklmnopqrstuvwxyz";

/**
 * Offsets of the shape and the values of an object, and of the list of strings in a runtime. `vm` is a fresh `Vm`.
 */
export function findLayout(vm) {
  vm.setGlobal("rt", vm.rt);
  vm.setGlobal("ctx", vm.ctx);
  checkReferences(vm);
  return { ...findObjects(vm), stringListOffset: findStrings(vm) - vm.rt };
}

const addressOf = (value) => Number(BigInt.asUintN(32, value));
const referencesOf = (vm, at) => vm.view().getInt32(at - 4, true);

function check(condition, what) {
  if (!condition) throw new Error(`the engine is not what the glue was written for: ${what}`);
}

/** The count of references stands in front of what it counts. */
function checkReferences(vm) {
  const object = vm.value("JS_NewObject");
  const counts = [referencesOf(vm, addressOf(object))];
  vm.invoke("JS_DupValue", vm.ctx, object);
  counts.push(referencesOf(vm, addressOf(object)));
  vm.release(object);
  counts.push(referencesOf(vm, addressOf(object)));
  check(counts.join() === "1,2,1" && vm.isObject(object), "its counts of references");
  vm.release(object);
}

function findObjects(vm) {
  const names = Array.from({ length: 9 }, (_, at) => `layout${at}`);
  const make = (order) => {
    const object = vm.value("JS_NewObject");
    for (const [at, name] of order.entries()) vm.set(object, name, BigInt(MARK + at));
    return object;
  };
  const objects = [make(names), make(names), make(names.toReversed())];
  const [one, two, other] = objects.map(addressOf);
  const word = (at) => vm.view().getUint32(at, true);
  const end = vm.memory.buffer.byteLength - 8 * names.length;
  const isPointer = (at) => at >= vm.heapStart && at < end && at % 4 === 0;
  const offsets = Array.from({ length: 16 }, (_, at) => 4 * at).filter((at) => isPointer(word(one + at)));
  // Objects alike share one shape.
  const shapes = offsets.filter(
    (at) =>
      word(one + at) === word(two + at) &&
      word(one + at) !== word(other + at) &&
      referencesOf(vm, word(one + at)) === 2,
  );
  const values = offsets.filter((at) =>
    names.every((_, n) => vm.view().getBigInt64(word(one + at) + 8 * n, true) === BigInt(MARK + n)),
  );
  check(shapes.length === 1 && values.length === 1, "its objects");
  const [shapeOffset] = shapes;
  const [valuesOffset] = values;
  check(
    vm.number("js_malloc_usable_size_rt", vm.rt, word(one + valuesOffset)) >= 8 * names.length,
    "the room of properties",
  );
  const shape = word(one + shapeOffset);
  vm.release(objects[1]);
  check(referencesOf(vm, shape) === 1, "references to shapes");
  for (const object of [objects[0], objects[2]]) vm.release(object);
  return { shapeOffset, valuesOffset };
}

/** Strings of one-byte characters: see glue/text.ts. Returns the head of their list. */
function findStrings(vm) {
  const [one, two] = [vm.newText(TEXT), vm.newText(TEXT)];
  const words = (value) => new Uint32Array(vm.bytes(addressOf(value), 24).slice().buffer);
  const links = (value) => addressOf(value) + 16;
  const isUsual = (value) =>
    words(value)[0] === TEXT.length &&
    (words(value)[1] & 0x30000000) === 0 &&
    new TextDecoder().decode(vm.bytes(addressOf(value) + 24, TEXT.length + 1)) === `${TEXT}\0` &&
    referencesOf(vm, addressOf(value)) === 1;
  const head = words(two)[5];
  const last = () => vm.view().getUint32(head, true);
  check(isUsual(one) && isUsual(two), "its strings");
  check(words(one)[5] === links(two) && words(two)[4] === links(one), "its list of strings");
  check(last() === links(two) && head > vm.rt && head < vm.rt + 4096, "its list of strings");

  vm.setGlobal("stringList", head);
  const ours = vm.withText(TEXT, (at, length) => vm.invoke("newAscii", at, length));
  check(
    isUsual(ours) && vm.number("JS_IsStrictEqual", vm.ctx, ours, one) === 1,
    "strings that the glue makes",
  );
  check(words(two)[5] === links(ours) && last() === links(ours), "the list of strings, with one more");
  const wide = vm.newText("€");
  check(words(wide)[0] >>> 31 === 1, "strings of two-byte characters");
  const slice = vm.run(vm.compile('"abcdefgh".repeat(2000).slice(3, 15000)', "slice.js"));
  check((words(slice)[1] & 0x30000000) !== 0, "strings that are a part of others");
  for (const value of [slice, wide, ours]) vm.release(value);
  check(last() === links(two) && words(two)[5] === head, "the list of strings, with one less");
  for (const value of [two, one]) vm.release(value);
  return head;
}
