// structuredClone.

/** Sets a member, also one with the name of the prototype. */
const put = (target, key, value) => {
  if (key !== "__proto__") target[key] = value;
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
};

const clone = (value, seen) => {
  if (typeof value === "function" || typeof value === "symbol") {
    throw new DOMException(`${String(value)} could not be cloned`, "DataCloneError");
  }
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const remember = (copy) => {
    seen.set(value, copy);
    return copy;
  };
  if (Array.isArray(value)) {
    const copy = remember(new Array(value.length));
    for (const key of Object.keys(value)) put(copy, key, clone(value[key], seen));
    return copy;
  }
  if (value instanceof Date) return remember(new Date(value.getTime()));
  if (value instanceof RegExp) return remember(new RegExp(value.source, value.flags));
  if (value instanceof ArrayBuffer) return remember(value.slice(0));
  if (value instanceof DataView) {
    return remember(new DataView(clone(value.buffer, seen), value.byteOffset, value.byteLength));
  }
  if (ArrayBuffer.isView(value)) {
    return remember(
      new value.constructor(
        clone(value.buffer, seen),
        value.byteOffset,
        value.byteLength / value.BYTES_PER_ELEMENT,
      ),
    );
  }
  if (value instanceof Map) {
    const copy = remember(new Map());
    for (const [key, item] of value) copy.set(clone(key, seen), clone(item, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = remember(new Set());
    for (const item of value) copy.add(clone(item, seen));
    return copy;
  }
  if (value instanceof Error) {
    const constructors = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
    const make = constructors.find((type) => type.name === value.name) ?? Error;
    const copy = remember(new make(value.message));
    if ("cause" in value) copy.cause = clone(value.cause, seen);
    return copy;
  }
  if (
    value instanceof Boolean ||
    value instanceof Number ||
    value instanceof String ||
    value instanceof BigInt
  ) {
    return remember(Object(value.valueOf()));
  }
  if (
    value instanceof Promise ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof WeakRef
  ) {
    throw new DOMException("the object could not be cloned", "DataCloneError");
  }
  const copy = remember({});
  for (const key of Object.keys(value)) put(copy, key, clone(value[key], seen));
  return copy;
};
export function structuredClone(value) {
  return clone(value, new Map());
}
